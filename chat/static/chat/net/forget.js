// Runs on the sign-in page: removes the chat's data of the last person from this browser, except for
// messages that were never sent.

for (const storage of [localStorage, sessionStorage]) {
  for (const key of Object.keys(storage)) {
    if (/^(draft|visits|names):/.test(key)) storage.removeItem(key);
  }
}
