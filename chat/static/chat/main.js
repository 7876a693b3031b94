// Runs on every page of the chat: the socket, the outbox, the lists at the side.

import { remember } from "./net/device_storage.js";
import { Drawer } from "./shell/drawer.js";
import { isolate } from "./text/bidi.js";
import { filter, folding, order } from "./early.js";
import { handleOf } from "./text/handles.js";
import { idle } from "./net/idle.js";
import { OnlineList } from "./shell/online_list.js";
import { keepKeysFromPage } from "./text/input_method.js";
import { ProfileCard } from "./shell/profile_card.js";
import { QuickSwitcher } from "./shell/quick_switcher.js";
import { FavouriteOrder } from "./shell/favourite_order.js";
import { DisplayNames } from "./shell/display_names.js";
import { Navigation } from "./shell/navigation.js";
import { Notice } from "./shell/notice.js";
import { restore } from "./shell/places.js";
import { Outbox } from "./net/outbox.js";
import { openRoom } from "./room/open_room.js";
import { renamePerson } from "./shell/renaming.js";
import { Screens } from "./shell/screens.js";
import { Sidebar } from "./shell/sidebar.js";
import { BANNED, SIGNED_OUT, Socket } from "./net/socket.js";
import { repeatFragments } from "./net/too_fast.js";
import { UnreadCounts } from "./shell/unread_counts.js";
import { Visits } from "./shell/visits.js";
import { Warming } from "./shell/warming.js";
import { gettext } from "./text/words.js";

const RELOAD_EVERY = 30_000; // ms
const LEAVES_WITHIN = 5_000; // ms

keepKeysFromPage(); // before any other listener

const { user: me, socketUrl, sidebarUrl, namesUrl, profileUrl } = document.body.dataset;
const socket = new Socket(`${location.protocol.replace("http", "ws")}//${location.host}${socketUrl}`);
const outbox = new Outbox(localStorage, me);
const notice = new Notice(socket);
const counts = new UnreadCounts(socket, me);
const lists = document.getElementById("lists");
const sidebar = new Sidebar(socket, counts);
const names = new DisplayNames(me, namesUrl);
const here = new OnlineList(socket, me, names);
const favourites = new FavouriteOrder(lists, notice);
favourites.onrest = () => sidebar.resume();
favourites.onfailure = () => sidebar.refresh();
sidebar.isHeld = () => favourites.isBusy;
sidebar.oncounts = () => order.applySoon();
sidebar.onrefresh = () => {
  here.draw();
  folding.apply();
  order.apply();
  filter.apply();
  favourites.apply();
};
socket.on("person", ({ user }) => {
  renamePerson(user);
  names.rename(String(user.id), user.name, handleOf(user));
});
socket.on("room", ({ room, member, by }) => {
  if (!member || !by || room.kind === "direct") return;
  const open = () => document.querySelector(`#lists [data-room="${Number(room.id)}"]`)?.click();
  const names = { name: isolate(by.name), room: isolate(room.name) };
  notice.toast(gettext("{name} added you to {room}.", names), [gettext("Open"), open]);
});
const visits = new Visits(localStorage, me);
new QuickSwitcher(visits);
const profile = new ProfileCard(profileUrl);
const drawer = new Drawer();
repeatFragments();
const screens = new Screens(socket);
const warming = new Warming(socket, screens, visits);
const navigation = new Navigation(screens);
navigation.onleave = () => {
  left.abort();
  screens.drop(openRoomId()); // a copy that was fetched meanwhile
  profile.cancel();
  sidebar.leave();
};
navigation.onenter = (arrivedAt, place) => {
  enter(arrivedAt, place);
  idle().then(reportOpened);
  warming.warmLikely();
};
navigation.onfailure = () => notice.toast(gettext("The page could not be loaded. Check your connection."));
const [page] = performance.getEntriesByType("navigation");
let left;
enter(performance.timeOrigin + (page?.responseStart ?? 0), navigation.place);
navigation.findPlace();
outbox.carry(socket);
outbox.listen((what, { room, failed }) => {
  if (what !== "failed" || room === openRoomId()) return;
  notice.toast(gettext("A message in another room was not sent: {reason}", { reason: failed }));
});

// A room or the home page is shown.
function enter(arrivedAt, place) {
  left = new AbortController();
  const scroller = document.getElementById("scroller");
  drawer.enter();
  profile.enter();
  notice.draw();
  here.draw();
  sidebar.enter(openRoomId());
  if (place) restore(place); // before messages are marked as read
  if (!scroller) return;
  visits.add(openRoomId());
  openRoom(scroller, me, { socket, outbox, sidebar, counts, notice, names, profile }, arrivedAt, left.signal);
}

// The server does not take a fetched room for opened.
function reportOpened() {
  const { openedUrl } = document.getElementById("scroller")?.dataset ?? {};
  if (openedUrl) navigator.sendBeacon(openedUrl, new FormData(document.getElementById("talk-to")));
}

function openRoomId() {
  return Number(document.getElementById("scroller")?.dataset.room);
}

// Reloads, which leads to the sign-in page and back. Not twice in a short time: if the page is served after
// all, it would reload forever.
function signIn() {
  if (isLeaving) return setTimeout(signIn, LEAVES_WITHIN); // the user signs out, which leads elsewhere
  const last = Number(sessionStorage.getItem("reloaded"));
  if (Date.now() - last < RELOAD_EVERY) return;
  if (remember(sessionStorage, "reloaded", Date.now())) location.reload();
}

let isLeaving = false;
addEventListener("beforeunload", () => {
  isLeaving = true;
  setTimeout(() => (isLeaving = false), LEAVES_WITHIN);
});

async function isSignedOut() {
  const answer = await fetch(sidebarUrl, { method: "HEAD", redirect: "manual" }).catch(() => null);
  return answer?.type === "opaqueredirect";
}

socket.on("down", async ({ code, wasLive }) => {
  if (code === SIGNED_OUT) signIn();
  if (code === BANNED) notice.show(gettext("This account may no longer use the site."));
  // A refused handshake has no code. A page leads elsewhere if the session has ended.
  if (!wasLive && (await isSignedOut())) signIn();
});
socket.connect();
