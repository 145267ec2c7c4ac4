// The reference of a service: a form sends its call and shows the answer, examples are copied, the language is remembered, the contents follow
// the reader. Without this file the page can be read, and forms that a browser can send alone are sent by it.
"use strict";

{
	const make = (tag, attributes, ...children) => {
		const element = Object.assign(document.createElement(tag), attributes);
		element.append(...children);
		return element;
	};
	const block = (title, text) => make("figure", { className: "code" }, make("figcaption", {}, title), make("pre", { tabIndex: 0 }, make("code", {}, text)));

	// What a field holds, as JSON has it. undefined: it was left blank.
	const value = (field) => {
		const text = field.value, lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
		if (text.trim() === "" && !(field.dataset.needed && field.dataset.as === "text")) return undefined;
		switch (field.dataset.as) {
		case "number": return number(text);
		case "boolean": return text === "true";
		case "list": return lines;
		case "numbers": return lines.map(number);
		case "json": return JSON.parse(text);
		}
		return text;
	};
	// The service says what is wrong with a number better than this page could; a large one stays exact.
	const number = (text) => (/^\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/.test(text) ? JSON.rawJSON?.(text.trim()) ?? Number(text) : text);

	// The request that a form makes, for fetch.
	const request = (form) => {
		const method = form.dataset.method;
		let path = form.getAttribute("action");
		const query = new URLSearchParams(), headers = {}, body = {};
		let hasBody = false;
		for (const field of form.querySelectorAll("[data-place]")) {
			let given;
			try {
				given = value(field);
			} catch (wrong) {
				throw new Error(`${field.name}: ${wrong.message}`);
			}
			const place = field.dataset.place;
			if (place === "body") hasBody = true;
			if (place === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
			else if (given === undefined) continue;
			else if (place === "query") [field.dataset.as.startsWith("list") || field.dataset.as === "numbers" ? field.value.split("\n").filter(Boolean) : field.value].flat().forEach((one) => query.append(field.name, one));
			else if (place === "header") headers[field.name] = field.value;
			else body[field.name] = given;
		}
		if (hasBody || method === "POST" || method === "PUT" || method === "PATCH") headers["Content-Type"] = "application/json";
		const options = { method, headers, credentials: "omit", redirect: "manual", cache: "no-store" };
		if (headers["Content-Type"]) options.body = JSON.stringify(body);
		return [path + (String(query) ? `?${query}` : ""), options];
	};

	const readable = (text, type) => {
		if (!/json/.test(type ?? "")) return text;
		try {
			return JSON.stringify(JSON.parse(text, (_, v, c) => (typeof v === "number" && c?.source ? JSON.rawJSON?.(c.source) ?? v : v)), null, 2);
		} catch {
			return text;
		}
	};

	const send = async (form, outcome) => {
		const [path, options] = request(form);
		const start = performance.now();
		const answer = await fetch(path, options);
		const text = await answer.text();
		const took = Math.round(performance.now() - start);
		const badge = make("span", { className: `badge ${answer.ok ? "good" : "bad"}` }, `${answer.status} ${answer.statusText}`.trim());
		const headers = ["etag", "location", "deprecation", "sunset", "link", "idempotency-replayed", "x-request-id"]
			.filter((name) => answer.headers.has(name)).map((name) => `${name}: ${answer.headers.get(name)}`).join("\n");
		outcome.replaceChildren(make("p", { className: "row" }, badge, make("span", { className: "muted small" }, `${took} ms`)));
		if (text) outcome.append(block("Answer", readable(text, answer.headers.get("content-type"))));
		if (headers) outcome.append(block("Headers", headers));
	};

	document.addEventListener("submit", async (event) => {
		const form = event.target;
		if (!form.matches(".try form")) return;
		event.preventDefault();
		const outcome = form.parentElement.querySelector(".outcome"), button = form.querySelector("button");
		outcome.hidden = false;
		button.disabled = true;
		try {
			await send(form, outcome);
		} catch (wrong) {
			outcome.replaceChildren(make("p", { className: "banner bad" }, String(wrong.message ?? wrong)));
		}
		button.disabled = false;
	}, true);

	// What only a script can send can be typed now.
	for (const field of document.querySelectorAll("[data-script]")) field.disabled = false;

	// One language for all examples, and for the next visit.
	const choose = (language) => {
		for (const radio of document.querySelectorAll(".switch input")) radio.checked = radio.value === language;
	};
	document.addEventListener("change", (event) => {
		if (!event.target.matches(".switch input")) return;
		const before = event.target.getBoundingClientRect().top;
		choose(event.target.value);
		scrollBy({ top: event.target.getBoundingClientRect().top - before, behavior: "instant" });
		try { localStorage.setItem("reference-language", event.target.value); } catch { /* a browser that keeps nothing */ }
	});
	try {
		const language = localStorage.getItem("reference-language");
		if ([...document.querySelectorAll(".switch input")].some((radio) => radio.value === language)) choose(language);
	} catch { /* as above */ }

	for (const group of document.querySelectorAll(".switch")) {
		const button = make("button", { type: "button", className: "button small plain copy" }, "Copy");
		button.addEventListener("click", async () => {
			const shown = [...group.parentElement.querySelectorAll("figure")].find((figure) => figure.checkVisibility());
			await navigator.clipboard?.writeText(shown?.textContent ?? "");
			button.textContent = "Copied";
			setTimeout(() => { button.textContent = "Copy"; }, 2000);
		});
		group.append(button);
	}

	// The contents: open where there is room, and marking the section that is read.
	const contents = document.querySelector(".contents details");
	const wide = matchMedia("(width >= 60rem)");
	const unfold = () => { contents.open = wide.matches; };
	wide.addEventListener("change", unfold);
	unfold();
	contents.addEventListener("click", (event) => { if (event.target.closest("a") && !wide.matches) contents.open = false; });
	const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
	const watch = new IntersectionObserver((entries) => {
		for (const { target, isIntersecting } of entries) {
			if (!isIntersecting || !links.has(target.id)) continue;
			for (const link of links.values()) link.removeAttribute("aria-current");
			const link = links.get(target.id);
			link.setAttribute("aria-current", "true");
			if (wide.matches) {
				const nav = contents.parentElement, top = link.offsetTop - nav.clientHeight / 2;
				nav.scrollTo({ top, behavior: "instant" });
			}
		}
	}, { rootMargin: "0px 0px -80% 0px" });
	for (const section of document.querySelectorAll(".reference section")) watch.observe(section);

	// A link to a field opens what it is folded into.
	const reveal = () => {
		const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
		for (let at = target?.parentElement?.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
		target?.scrollIntoView();
	};
	addEventListener("hashchange", reveal);
	if (location.hash) reveal();
}
