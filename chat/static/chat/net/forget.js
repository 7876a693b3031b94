// On the page to sign in nobody is signed in: what the chat kept in this browser for the last person
// goes, except for messages that were never sent.

for (const storage of [localStorage, sessionStorage]) {
  for (const key of Object.keys(storage)) {
    if (/^(draft|visits|names):/.test(key)) storage.removeItem(key);
  }
}
