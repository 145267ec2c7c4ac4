// Counts of an open page follow those of the server. Without this file, and while the stream is broken, the page shows the counts it came
// with. One stream a page, only while it is seen: a browser opens no more than six connections to a site.
"use strict";

{
	const source = document.querySelector("[data-live]")?.dataset.live;
	let stream, again;

	// Said aloud, politely and not more often than every ten seconds, with the words around the number.
	const voice = document.createElement("p");
	voice.className = "unseen";
	voice.setAttribute("role", "status");
	const unsaid = new Set();
	let quiet = false;
	const say = () => {
		if (quiet || !unsaid.size) return;
		const texts = [...unsaid].slice(0, 5).map((element) => (element.closest("a, li, dd, td, h2, p") ?? element).textContent.trim().replace(/\s+/g, " "));
		voice.textContent = texts.join(", ");
		unsaid.clear();
		quiet = true;
		setTimeout(() => { quiet = false; say(); }, 10000);
	};

	// The same as page's function live: "#" is the number, and what is beyond data-most is "100+".
	const worded = ({ one = "#", many = "#", most = Infinity }, n) =>
		(n === 1 ? one : many).replace("#", n > Number(most) ? most + "+" : n);

	const show = (counts) => {
		for (const element of document.querySelectorAll("[data-count]")) {
			const n = counts[element.dataset.count];
			if (typeof n !== "number") continue;
			const text = worded(element.dataset, n);
			if (text === element.textContent) continue;
			element.textContent = text;
			unsaid.add(element);
		}
		say();
	};

	const leave = () => {
		clearTimeout(again);
		stream?.close();
		stream = undefined;
	};
	const listen = () => {
		if (stream || document.hidden) return;
		clearTimeout(again);
		stream = new EventSource(source);
		stream.onmessage = (event) => show(JSON.parse(event.data));
		stream.onerror = () => {
			if (stream.readyState !== EventSource.CLOSED) return; // the browser opens it again
			leave();
			again = setTimeout(listen, 20000); // the server has refused: the app is away, or many listen
		};
	};

	if (source) {
		document.body.append(voice);
		document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
		addEventListener("pagehide", leave);
		addEventListener("pageshow", listen);
		listen();
	}
}
