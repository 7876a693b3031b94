// Runs before the first paint, which waits for nothing else: what depends on the reader and on this device.

import { Folding } from "./shell/folding.js";
import { nameDays, personalize, setDays } from "./room/message_row.js";
import { restoreFormatBar } from "./room/format_bar.js";
import { RoomFilter } from "./shell/room_filter.js";
import { RoomOrder } from "./shell/room_order.js";
import { gettext, isTranslated } from "./text/words.js";

const me = document.body.dataset.user;
const lists = document.getElementById("lists");
const rows = document.getElementById("rows");

document.documentElement.classList.add("js");
export const folding = new Folding(lists, localStorage, me);
export const order = new RoomOrder(lists, localStorage, me);
export const filter = new RoomFilter(lists);
if (rows) prepare();
restoreFormatBar();
if (isTranslated) document.documentElement.style.setProperty("--edited", JSON.stringify(gettext("edited"))); // message.css

function prepare() {
  for (const row of rows.querySelectorAll(":scope > .message")) personalize(row, me);
  setDays(rows);
  nameDays(rows);
}
