// Comfort only: every page works without this file.
"use strict";

// "/" goes to the search box, as on GitHub and in most help centres.
document.addEventListener("keydown", (event) => {
	const typing = event.target.closest("input, textarea, select, [contenteditable]");
	if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
		const box = [...document.querySelectorAll("input[type=search]")].find((box) => box.checkVisibility());
		if (box) {
			event.preventDefault();
			box.focus();
			box.select();
		}
	}
	// Ctrl+Enter in a text sends its form, with the button a click would use.
	if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
		event.preventDefault();
		event.target.form?.requestSubmit(event.target.form.querySelector("button:not([type=button])"));
	}
});

// A form is sent once, however often its button is pressed. It may be sent again after ten seconds (the visitor
// may have stopped it) and when the page comes back from history.
document.addEventListener("submit", (event) => {
	if (event.target.method !== "post" || event.defaultPrevented) return;
	if (event.target.dataset.sent) event.preventDefault();
	event.target.dataset.sent = "yes";
	setTimeout(() => delete event.target.dataset.sent, 10000);
});
addEventListener("pageshow", () => {
	for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A mail is as high as its text. The frame runs no script (see page.Foreign), so its size can be read from here.
const fit = (frame) => {
	const inside = frame.contentDocument?.documentElement;
	if (inside) frame.height = Math.min(inside.scrollHeight, 4000);
};
for (const frame of document.querySelectorAll("iframe.mail")) {
	frame.addEventListener("load", () => fit(frame));
	if (frame.contentDocument?.readyState === "complete") fit(frame);
}
