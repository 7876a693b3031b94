// Every page of the chat: the socket, the outbox, the lists at the side.

import { Drawer } from "./drawer.js";
import { handleOf } from "./handles.js";
import { Here } from "./here.js";
import { keepKeysFromPage } from "./input_method.js";
import { Jump } from "./jump.js";
import { Names } from "./names.js";
import { Notice } from "./notice.js";
import { Outbox } from "./outbox.js";
import { openRoom } from "./page.js";
import { renamePerson } from "./renaming.js";
import { Sidebar } from "./sidebar.js";
import { BANNED, SIGNED_OUT, Socket } from "./socket.js";
import { repeatFragments } from "./too_fast.js";
import { UnreadCounts } from "./unread_counts.js";
import { Visits } from "./visits.js";

const RELOAD_EVERY = 30_000; // ms

document.documentElement.classList.add("js");
keepKeysFromPage(); // before any other listener

const me = Number(document.body.dataset.user);
const scroller = document.getElementById("scroller");
const socket = new Socket(`${location.protocol.replace("http", "ws")}//${location.host}/ws/`);
const outbox = new Outbox(localStorage, me);
const notice = new Notice(socket);
const counts = new UnreadCounts(socket, me);
const sidebar = new Sidebar(socket, Number(scroller?.dataset.room), counts);
const names = new Names(me);
const here = new Here(socket, me, names);
sidebar.onrefresh = () => here.draw();
socket.on("person", ({ user }) => {
  renamePerson(user);
  names.rename(user.id, user.name, handleOf(user));
});
const visits = new Visits(localStorage, me);
new Jump(visits);
if (scroller) visits.add(Number(scroller.dataset.room));
new Drawer();
repeatFragments();
if (scroller) openRoom(scroller, me, { socket, outbox, sidebar, counts, notice, names });
outbox.carry(socket);
outbox.listen((what, { room, failed }) => {
  const isShown = room === Number(scroller?.dataset.room);
  if (what === "failed" && !isShown) notice.toast(`A message in another room was not sent: ${failed}`);
});

// To the page to sign in, and back here. Not again at once: were the page served all the same, it
// would go on for ever.
function signIn() {
  const last = Number(sessionStorage.getItem("reloaded"));
  if (Date.now() - last < RELOAD_EVERY) return;
  sessionStorage.setItem("reloaded", Date.now());
  location.reload();
}

socket.on("down", async ({ code, wasLive }) => {
  if (code === SIGNED_OUT) signIn();
  if (code === BANNED) notice.show("This account may no longer use the site.");
  // A refused handshake has no code: the API says whether it was for want of a session.
  if (!wasLive && (await fetch("/api/me").catch(() => null))?.status === 401) signIn();
});
socket.connect();
