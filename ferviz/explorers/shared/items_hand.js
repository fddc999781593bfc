// Items: what a hand does to their weights. It is worked out here and wished for; the kernel answers anew.

/** Drag, nudge and drop; `items` is read, never written. */
function itemsHand(stage, items) {
  const list = (values) => [...values].map((value) => (Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : 0));
  const current = (moves) => list(items.values(moves));

  /** All values after one place got `value`: weights make room for each other, others stand alone. */
  function moved(moves, start, place, value) {
    const next = [...start];
    next[place] = clamp(value, 0, 1);
    if (moves !== "weight") return list(next);
    const [rest, left] = [start.reduce((sum, one, at) => sum + (at === place ? 0 : one), 0), 1 - next[place]];
    const others = items.view.reasons.filter((reason, at) => !reason && at !== place).length;
    if (!others) return null;  // one item has all the weight, whatever the hand does
    return list(next.map((one, at) => (at === place ? one : items.view.reasons[at] ? 0 : rest > 1e-9 ? (one * left) / rest : left / others)));
  }

  const wish = (moves, values) => values && stage.ask({ moves, values, ...items.here() });

  /** For the pointer: take hold of the bar at a place; the function returned follows the hand, in pixels upwards. */
  const take = (moves) => (place, height) => {
    if (items.fixed || items.view.reasons[place]) return null;
    const start = current(moves);
    const most = moves === "weight" ? items.freeze("weight") : 1;
    return (pixels) => wish(moves, moved(moves, start, place, start[place] + (pixels / height) * most));
  };

  const nudge = (by) => (event) => {
    const place = items.at();
    if (items.fixed || items.view.reasons[place]) return;
    const { moves } = stage.state;
    const step = (event?.shiftKey ? 5 : 1) * by * (moves === "weight" ? 0.02 : 0.05);
    const start = current(moves);
    wish(moves, moved(moves, start, place, start[place] + step));
  };

  /** Why the item under the cursor can be neither dropped nor taken back; "" where it can. */
  function stuck() {
    const at = items.at();
    if (stage.state.dropped?.includes(at)) return "";
    if (items.view.reasons[at]) return "it is not used anyway";  // a gap is not ours to take back
    return items.usable() > 1 ? "" : "nothing else is left";
  }

  function drop() {
    if (items.fixed || stuck()) return;
    const dropped = new Set(stage.state.dropped);
    if (!dropped.delete(items.at())) dropped.add(items.at());
    stage.ask({ dropped: [...dropped].sort((a, b) => a - b), ...items.here() });
  }

  /** The button that drops or takes back says which it would do, or why it does neither. */
  function offer(button, title) {
    const why = stuck();
    const dropped = stage.state.dropped?.includes(items.at());
    button.textContent = dropped ? "Take back" : "Drop";
    button.title = dropped ? "Use it again (x)" : why ? `${title}: not now, ${why}` : title;
    button.disabled = Boolean(why);
  }

  return { take, nudge, drop, offer };
}
