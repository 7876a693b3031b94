// The sign-up form gets the time zone of the browser.

document.querySelector("[name=time_zone]").value = Intl.DateTimeFormat().resolvedOptions().timeZone;
