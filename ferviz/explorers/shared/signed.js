// Bars to the left and right of zero, a row a name, on one scale; a thin mark is the value before.

/**
 * `set([{name, value, before, strong}], chosen)` draws them; a row can be chosen when `pick` is given. `least` is what the
 * scale reaches at the least, so that small values look small.
 */
function signedBars({ caption, pick = null, text = signedNumber, least = 1e-9 }) {
  let rows = [];
  const node = el("div.signed", { role: "group", "aria-label": caption });

  function build(names) {
    rows = names.map((name) => {
      const parts = { label: el("span.label", { text: name }), fill: el("span.signed-fill"), ghost: el("span.ghost"), now: el("span.now"), before: el("span.before") };
      const options = pick ? { type: "button", "aria-pressed": "false", onclick: () => pick(name) } : {};
      const line = el(pick ? "button.row.signed-row" : "div.row.signed-row", options, parts.label, el("span.signed-track", {}, parts.fill, parts.ghost), parts.now, parts.before);
      return { name, line, ...parts };
    });
    node.replaceChildren(...rows.map((one) => one.line));
  }

  return {
    node,
    set(entries, chosen = "") {
      if (entries.map((one) => one.name).join("\n") !== rows.map((one) => one.name).join("\n")) build(entries.map((one) => one.name));
      const known = entries.flatMap(({ value, before }) => [value, before ?? 0]).filter(Number.isFinite);
      const most = Math.max(least, ...known.map(Math.abs));
      entries.forEach(({ name, value, before = null, strong = false }, place) => {
        const { line, fill, ghost, now, before: was } = rows[place];
        fill.style.width = `${(50 * Math.abs(value)) / most}%`;
        fill.classList.toggle("fv-signed-less", value < 0);
        ghost.hidden = before === null;
        if (before !== null) ghost.style.left = `${50 + (50 * before) / most}%`;
        now.textContent = text(value);
        was.textContent = before === null ? "" : text(before);
        line.classList.toggle("fv-top", strong);
        line.classList.toggle("fv-chosen", name === chosen);
        if (!pick) return;
        line.setAttribute("aria-pressed", String(name === chosen));
        line.setAttribute("aria-label", `${name} ${text(value)}${before === null ? "" : `, before ${text(before)}`}`);
      });
    },
  };
}
