// allauth's scripts use the browser's passkeys. If that fails, the page shows an error.

const { failed = "The passkey was not used. Try again, or go another way." } =
  document.getElementById("passkey-script")?.dataset ?? {};

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelector("#passkey-failed")?.remove();
  const note = document.createElement("p");
  note.id = "passkey-failed";
  note.className = "note error";
  note.setAttribute("role", "alert");
  note.textContent = failed;
  document.querySelector("main h1").after(note);
});

// Enter in the name of a key, whose form is sent by the script only.
const add = document.querySelector("#add");
add?.form.addEventListener("submit", (event) => {
  event.preventDefault();
  add.click();
});
