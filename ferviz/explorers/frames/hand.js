// Frames: what a hand does to the clip. Weights and orders are worked out here and wished for; the kernel pools anew.

/** Everything a person can change; `film` is read, never written. */
function clipHand(stage, film) {
  const list = (values) => [...values].map((value) => (Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : 0));
  const current = (moves) => list(moves === "weight" ? film.weights() : film.alphas());

  /** All values after one place got `value`: weights make room for each other, α stands alone. */
  function moved(moves, start, place, value) {
    const next = [...start];
    next[place] = clamp(value, 0, 1);
    if (moves === "alpha") return list(next);
    const [rest, left] = [start.reduce((sum, one, at) => sum + (at === place ? 0 : one), 0), 1 - next[place]];
    const others = film.view.reasons.filter((reason, at) => !reason && at !== place).length;
    if (!others) return null;  // one frame has all the weight, whatever the hand does
    return list(next.map((one, at) => (at === place ? one : film.view.reasons[at] ? 0 : rest > 1e-9 ? (one * left) / rest : left / others)));
  }

  const wish = (moves, values) => values && stage.ask({ moves, values, frame: film.at() });

  /** For the pointer: take hold of the bar at a place; the function returned follows the hand, in pixels upwards. */
  const take = (moves) => (place, height) => {
    if (film.fixed || film.view.reasons[place]) return null;
    const start = current(moves);
    const most = moves === "weight" ? film.freeze("weight") : 1;
    return (pixels) => wish(moves, moved(moves, start, place, start[place] + (pixels / height) * most));
  };

  const nudge = (by) => (event) => {
    const place = film.at();
    if (film.fixed || film.view.reasons[place]) return;
    const { moves } = stage.state;
    const step = (event?.shiftKey ? 5 : 1) * by * (moves === "weight" ? 0.02 : 0.05);
    const start = current(moves);
    wish(moves, moved(moves, start, place, start[place] + step));
  };

  /** Places changed: what was moved before no longer fits them. */
  const arrange = (order, dropped, frame) => stage.ask({ order, dropped, frame, values: null });
  const order = () => [...film.view.order];
  const shifted = (after) => (stage.state.dropped ?? []).map((place) => (place > after ? place + 1 : place));

  function put(frame) {
    const at = film.at();
    const next = order();
    if (film.fixed || next.length >= 128) return;
    next.splice(at + 1, 0, frame);
    film.go(at + 1);
    arrange(next, shifted(at), at + 1);
  }

  function drop() {
    const at = film.at();
    const dropped = new Set(stage.state.dropped);
    if (film.fixed || (film.view.reasons[at] && !dropped.has(at))) return;  // a gap is not ours to take back
    const last = film.view.reasons.filter((reason) => !reason).length === 1;
    if (!dropped.delete(at) && !last) dropped.add(at);
    stage.ask({ dropped: [...dropped].sort((a, b) => a - b), frame: at });
  }

  return {
    take,
    nudge,
    drop,
    repeat: () => put(film.view.order[film.at()]),
    insert: (guest) => put(film.sheet.times.length + guest),
    shuffle: () => film.fixed || stage.act("shuffle"),
    search: () => film.fixed || stage.act("search"),
    reset: () => film.fixed || stage.ask({ order: null, dropped: [], values: null, frame: Math.min(film.at(), film.sheet.times.length - 1) }),
  };
}

/** The tools below the weights. */
function toolbar(stage, film, hand, play) {
  const guest = el("select.select", { "aria-label": "Which still to insert" });
  const tool = (text, title, onclick) => el("button.button", { type: "button", text, title, onclick });
  const drop = tool("Drop", "Give this frame no weight (x)", hand.drop);
  const moves = choice("What up and down and the hand move", ["weight", "α"], (what) => stage.ask({ moves: what === "α" ? "alpha" : "weight", values: null }));
  const edit = [drop, tool("Repeat", "Put this frame in once more (r)", hand.repeat),
    el("span.fr-pair", {}, tool("Insert", "Put a still of another person behind this frame (i)", () => hand.insert(guest.selectedIndex)), guest),
    tool("Shuffle", "Put the frames in another order (s)", hand.shuffle)];
  const reset = tool("Reset", "Back to the clip as it came (Escape)", hand.reset);
  const arrows = el("span.fr-pair", { title: "What the arrow keys up and down move" }, el("span.fr-quiet", { text: "↑ ↓ move" }), moves.node);
  const node = el("div.choice.fr-tools", { role: "group", "aria-label": "Tools" }, play, ...edit, arrows, reset);
  return {
    node,
    guest: () => guest.selectedIndex,
    fit(names) {
      guest.replaceChildren(...names.map((name) => el("option", { text: name })));
      [...edit, arrows, reset].forEach((part) => { part.hidden = film.fixed; });
    },
    draw() {
      const { order, dropped, values } = stage.state;
      drop.textContent = dropped?.includes(film.at()) ? "Take back" : "Drop";
      reset.disabled = !order && !dropped?.length && !values;
      moves.draw(stage.state.moves === "alpha" ? "α" : "weight");
    },
  };
}
