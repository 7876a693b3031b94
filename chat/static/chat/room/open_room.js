// Connects the parts of a room's page.

import { MessageActions } from "./message_actions.js";
import { Composer } from "./composer.js";
import { Draft } from "./draft.js";
import { DraftCopies } from "./draft_copies.js";
import { MessageEditor } from "./message_editor.js";
import { MentionList } from "./mention_list.js";
import { MentionNames } from "./mention_names.js";
import { PendingMessages } from "./pending_messages.js";
import { EmojiPicker } from "./emoji_picker.js";
import { ReactionTooltip } from "./reaction_tooltip.js";
import { FavouriteStar } from "./favourite_star.js";
import { RoomSync } from "./sync.js";
import { FormatBar } from "./format_bar.js";
import { fold } from "./message_row.js";
import { Timeline } from "./timeline.js";
import { Typing } from "./typing.js";
import { gettext, ngettext } from "../text/words.js";

// Until `signal` is aborted. `arrivedAt`: when the page arrived, in ms by the clock of this device.
export function openRoom(scroller, me, { socket, outbox, sidebar, counts, notice, names, profile }, arrivedAt, signal) {
  const timeline = new Timeline(scroller, me, signal);
  const template = document.getElementById("pending-message");
  const pending = new PendingMessages(document.getElementById("pending"), template, timeline, outbox, signal);
  const room = new RoomSync(socket, timeline, pending, outbox, counts, signal);
  sidebar.onchange = (id) => id === room.id && timeline.isCut && room.onchange();
  room.onchange = () => {
    showPill(room);
    sidebar.unseen = room.unseen;
    sidebar.drawTitle();
  };
  room.onfailure = () => notice.toast(gettext("The latest messages could not be loaded. Trying again…"));
  socket.on("person", () => fold(timeline.rows), signal); // a line of deleted messages names their authors
  listenToHistory(room, signal);
  wirePill(timeline);
  const reactions = new ReactionTooltip(scroller, me, names, signal);
  new MentionNames(timeline.rows, names, signal);
  const star = document.getElementById("star");
  if (star) new FavouriteStar(star, room.id, sidebar, notice);
  timeline.onput = () => reactions.checkTip();
  const form = document.getElementById("composer");
  if (form) write(new Composer(form), room, { socket, outbox, sidebar, notice, reactions, profile }, arrivedAt, signal);
  room.markSeen();
}

function write(composer, room, { socket, outbox, sidebar, notice, reactions, profile }, arrivedAt, signal) {
  const { timeline } = room;
  const naming = new MentionList(timeline.scroller.dataset.namesUrl, signal);
  naming.attach(composer.box);
  const editor = new MessageEditor(socket, timeline, composer, notice, naming, signal);
  const actions = new MessageActions(timeline, new EmojiPicker(), signal);
  const send = (frame) => {
    const isSent = socket.send(frame);
    if (!isSent) notice.toast(gettext("You are not connected. Try again soon."));
    return isSent;
  };
  const draft = new Draft(composer, timeline, socket, new DraftCopies(localStorage, timeline.me), arrivedAt, signal);
  timeline.onput = (frame) => {
    composer.changed(frame);
    actions.check();
    reactions.checkTip();
  };
  profile.onmention = (username) => composer.insert(`@${username} `);
  signal.addEventListener("abort", () => {
    profile.onmention = null;
    sidebar.markDraft(room.id, composer.body !== "");
  });
  actions.addEventListener("profile", ({ detail: row }) => profile.open(row.dataset.author, row));
  room.onreset = () => draft.save().then(() => location.reload());
  new Typing(socket, room.id, timeline.me, signal);
  composer.addEventListener("typing", () => socket.send({ type: "typing", room: room.id }));
  composer.addEventListener("edit-last", () => editor.openLast()?.then(() => actions.hide()) ?? timeline.focusLast());
  composer.addEventListener("page", ({ detail }) => timeline.page(detail));
  new FormatBar(composer.box);
  composer.addEventListener("send", ({ detail }) => post(room, outbox, detail));
  actions.addEventListener("write", () => composer.box.focus());
  actions.addEventListener("sheet", ({ detail }) => reactions.fill(actions.reacted, detail));
  actions.addEventListener("edit", ({ detail }) => editor.open(detail).then(() => actions.hide()));
  actions.addEventListener("reply", ({ detail }) => composer.reply(detail));
  actions.addEventListener("copy", ({ detail }) => copyLink(detail, notice));
  actions.addEventListener("delete", async ({ detail }) => {
    const isConfirmed = await confirmed();
    const row = timeline.find(detail.dataset.id);
    const isSent = isConfirmed && send({ type: "delete", message: Number(detail.dataset.id) });
    const next = isSent ? timeline.neighbour(row) : row;
    (next ?? composer.box).focus({ preventScroll: true });
  });
  actions.addEventListener("reaction", ({ detail: { row, emoji, on } }) =>
    send({ type: "react", message: Number(row.dataset.id), emoji, on }),
  );
}

// If the page shows old messages, the post would not be visible: the latest page sends it.
function post(room, outbox, { body, replyTo }) {
  outbox.add(room.id, body, replyTo);
  if (!room.timeline.isCut) return;
  history.replaceState(null, ""); // a new entry of the history, without a place in the page
  location.assign(room.timeline.scroller.dataset.roomUrl);
}

function listenToHistory(room, signal) {
  const { timeline } = room;
  timeline.rows.addEventListener("htmx:beforeSwap", (event) => {
    // The person was signed out: the response is the sign-in page.
    if (new URL(event.detail.xhr.responseURL).pathname !== timeline.scroller.dataset.roomUrl) {
      event.detail.shouldSwap = false;
      location.reload();
    }
    timeline.quietly(() => {});
  }, { signal });
  // Before the browser paints: otherwise the visible messages would move.
  timeline.rows.addEventListener("htmx:afterSwap", () => {
    const mark = timeline.rows.querySelector(".page-head");
    if (!mark) return;
    mark.remove();
    room.filled(Number(mark.dataset.head));
  }, { signal });
}

function showPill(room) {
  const pill = document.getElementById("pill");
  const { timeline } = room;
  pill.hidden = !timeline.isCut && timeline.isAtEnd;
  pill.classList.toggle("calm", room.unseen === 0);
  const text = room.unseen && !timeline.isCut
    ? ngettext("{count} new message", "{count} new messages", room.unseen)
    : gettext("Jump to latest");
  const label = pill.querySelector("span");
  if (label.textContent !== text) label.textContent = text; // otherwise the page is laid out again
}

function wirePill(timeline) {
  document.getElementById("pill").addEventListener("click", (event) => {
    if (timeline.isCut) return; // the link leads there
    event.preventDefault();
    timeline.toEnd();
  });
}

function confirmed() {
  const dialog = document.getElementById("confirm");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "delete");
  });
}

async function copyLink(row, notice) {
  const link = new URL(row.querySelector(".when").href).href;
  try {
    await navigator.clipboard.writeText(link);
    notice.toast(gettext("Link copied"));
  } catch {
    notice.toast(link); // plain http has no clipboard: the person can copy the text
  }
}
