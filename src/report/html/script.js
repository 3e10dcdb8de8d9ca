// What a page gains where scripts run: a switch for its colours, filters, search, sorting, and buttons to copy.
// All content is there without it. It reads nothing but the page, and writes text, never markup.
"use strict";
(() => {
  const make = (name, attributes = {}, text = "") => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    return element;
  };
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Colours: as the system has them until somebody says otherwise.
  const THEMES = ["system", "light", "dark"];
  const kept = () => {
    try {
      return THEMES.includes(localStorage.getItem("polgen-theme")) ? localStorage.getItem("polgen-theme") : "system";
    } catch {
      return "system";
    }
  };
  const tools = document.getElementById("tools");
  const theme = make("button", { type: "button", id: "theme" });
  const paint = (name) => {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    theme.textContent = `Colours: ${name}`;
    theme.dataset.now = name;
  };
  theme.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(theme.dataset.now) + 1) % THEMES.length];
    paint(next);
    try {
      localStorage.setItem("polgen-theme", next);
    } catch {
      // A browser may keep nothing for files; the switch still works.
    }
  });
  paint(kept());
  tools.append(theme);

  // Everything that unfolds, at once.
  const folds = all("main details");
  if (folds.length > 0) {
    const unfold = make("button", { type: "button", id: "unfold" }, "Unfold all");
    let isOpen = false;
    unfold.addEventListener("click", () => {
      isOpen = !isOpen;
      for (const fold of folds) fold.open = isOpen;
      unfold.textContent = isOpen ? "Fold all" : "Unfold all";
    });
    tools.append(unfold);
  }
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = folds.filter((fold) => !fold.open);
    for (const fold of folded) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of folded) fold.open = false;
  });

  // Filters and search. A row of many actions shows those that fit.
  for (const place of all("[data-filters-for]")) {
    const id = place.dataset.filtersFor;
    const table = document.getElementById(id);
    const nothing = document.getElementById(`${id}-nothing`);
    const rows = all("tbody > tr", table).map((row) => {
      const names = row.querySelector(".names");
      return {
        row,
        names,
        fold: names?.closest("details"),
        words: names ? names.textContent.trim().split(/\s+/) : [],
        service: names ? `${names.dataset.service}:` : "",
        text: row.textContent.toLowerCase(),
        value: row.dataset.value,
      };
    });
    const wanted = new Set();
    const search = make("input", { type: "search", "aria-label": "Search in the table", placeholder: "Search", "aria-controls": id, autocomplete: "off", spellcheck: "false" });
    const told = make("output", { role: "status" });
    const narrow = (entry, text) => {
      if (!entry.names) return;
      const fits = (word) => (entry.service + word).toLowerCase().includes(text);
      const shown = text ? entry.words.filter(fits) : entry.words;
      entry.names.textContent = (shown.length > 0 ? shown : entry.words).join(" ");
      if (text && shown.length > 0) entry.fold.open = true;
      else if (!text && entry.isOpened) entry.fold.open = false;
      entry.isOpened = text !== "" && shown.length > 0;
    };
    const apply = () => {
      const text = search.value.trim().toLowerCase();
      let shown = 0;
      for (const entry of rows) {
        const isSplit = entry.words.some((word) => (entry.service + word).toLowerCase().includes(text));
        const fits = (wanted.size === 0 || wanted.has(entry.value)) && (text === "" || entry.text.includes(text) || isSplit);
        entry.row.hidden = !fits;
        if (fits) {
          shown += 1;
          narrow(entry, text);
        }
      }
      told.textContent = `${shown} of ${rows.length} ${place.dataset.noun}`;
      nothing.hidden = shown > 0;
    };
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(apply, rows.length > 500 ? 120 : 0);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && search.value !== "") {
        event.preventDefault();
        search.value = "";
        apply();
      }
    });
    const chips = make("div", { class: "chips", role: "group", "aria-label": "Show only" });
    const legend = place.querySelector(".legend");
    for (const item of legend ? all("li", legend) : []) {
      const chip = make("button", { type: "button", "aria-pressed": "false", "data-value": item.dataset.value });
      chip.append(...[...item.childNodes].map((node) => node.cloneNode(true)));
      chip.addEventListener("click", () => {
        const isWanted = !wanted.has(item.dataset.value);
        if (isWanted) wanted.add(item.dataset.value);
        else wanted.delete(item.dataset.value);
        chip.setAttribute("aria-pressed", String(isWanted));
        apply();
      });
      chips.append(chip);
    }
    legend?.remove();
    place.append(search, ...(chips.children.length > 0 ? [chips] : []), told);
    apply();
  }

  // Sorting by a column, and back.
  const key = (row, index) => {
    const text = (row.cells[index]?.textContent ?? "").trim();
    if (/^[\d,]+$/.test(text)) return Number(text.replaceAll(",", ""));
    return /^[–·]?$/.test(text) ? -1 : text;
  };
  const compare = (one, other) => {
    const [first, second] = [one.key, other.key];
    if (typeof first === "number" && typeof second === "number") return first - second;
    if (typeof first === "number") return -1;
    if (typeof second === "number") return 1;
    return first < second ? -1 : first > second ? 1 : 0;
  };
  for (const table of all("table.sortable")) {
    const heads = all("thead th", table);
    const body = all("tbody:not(.fixed)", table).at(-1);
    heads.forEach((head, index) => {
      if (head.dataset.still !== undefined) return;
      const button = make("button", { type: "button" }, head.textContent.trim());
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const isUp = head.getAttribute("aria-sort") === (head.classList.contains("n") ? "descending" : "ascending")
          ? head.classList.contains("n")
          : !head.classList.contains("n");
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
        const keyed = [...body.rows].map((row) => ({ row, key: key(row, index) }));
        keyed.sort((one, other) => (isUp ? compare(one, other) : compare(other, one)));
        body.append(...keyed.map((one) => one.row));
      });
    });
  }

  // Copying.
  for (const block of all("pre.copy")) {
    const copy = make("button", { type: "button", "aria-label": `Copy: ${block.getAttribute("aria-label")}` }, "Copy");
    const frame = make("div", { class: "copied" });
    block.replaceWith(frame);
    frame.append(copy, block);
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(block.textContent);
        copy.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(block);
        copy.textContent = "Selected";
      }
      setTimeout(() => (copy.textContent = "Copy"), 1500);
    });
  }

  // A link into something folded unfolds it.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
