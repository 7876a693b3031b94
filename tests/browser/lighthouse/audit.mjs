// Prints Lighthouse's reports of a page as JSON. The argument is an object with:
//   chromium, arguments   the browser to start, and its arguments
//   url, cookie           the page, and the session of the user who opens it
//   isDesktop             not a phone
//   isWarm                the user has opened the page before, so the browser has its files
//   aim                   the score that each category should reach, from 0 to 1

import { createRequire } from "node:module";
import { useCpuTimes } from "./cpu_times.mjs";

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const RUNS = 3;
const ATTEMPTS = 5; // a new process of the browser can lose the start of its trace

const { resolve } = createRequire(`${process.cwd()}/`); // the packages are in another folder
const { default: puppeteer } = await import(resolve("puppeteer-core"));
const { startFlow, auditFlowArtifacts, defaultConfig, desktopConfig } = await import(resolve("lighthouse"));

const page = JSON.parse(process.argv[2]);
const config = page.isDesktop ? desktopConfig : defaultConfig;
const { auditRefs } = defaultConfig.categories.performance;
const flags = {
  onlyCategories: CATEGORIES,
  skipAudits: auditRefs.filter(({ weight }) => weight === 0).map(({ id }) => id), // slow, and without a score
  disableStorageReset: page.isWarm, // the reset empties the cache and keeps the cookies
  disableFullPageScreenshot: true,
  skipAboutBlank: false,
  usePassiveGathering: false,
};
const browser = await puppeteer.launch({
  executablePath: page.chromium,
  args: page.arguments,
  pipe: true, // no port, and the browser ends with this process
});
try {
  await browser.setCookie(page.cookie);
  if (page.isWarm) await inTab((tab) => tab.goto(page.url, { waitUntil: "networkidle0" }));
  console.log(JSON.stringify(await audits()));
} finally {
  await browser.close();
}

// If two reports reach the aim, so does the median of three.
async function audits() {
  const reports = [];
  while (reports.length < RUNS && reports.filter(reachesAim).length < 2) reports.push(await audit());
  return reports;
}

function reachesAim({ categories }) {
  return Object.values(categories).every(({ score }) => score >= page.aim);
}

async function audit() {
  for (let attempt = 1; ; attempt++) {
    const report = await inTab(run);
    const failed = Object.values(report.audits).find(({ scoreDisplayMode }) => scoreDisplayMode === "error");
    if (!failed) return report;
    if (attempt === ATTEMPTS) throw new Error(`${failed.id}: ${failed.errorMessage}`);
  }
}

async function run(tab) {
  const flow = await startFlow(tab, { config, flags });
  await flow.navigate(page.url);
  const artifacts = flow.createArtifactsJson();
  useCpuTimes(artifacts.gatherSteps[0].artifacts.Trace.traceEvents);
  const { steps } = await auditFlowArtifacts(artifacts, config);
  return steps[0].lhr;
}

async function inTab(action) {
  const tab = await browser.newPage();
  try {
    return await action(tab);
  } finally {
    await tab.close();
  }
}
