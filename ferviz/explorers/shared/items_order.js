// Items of a film: the order that they stand in, repeated, put in again and shuffled; worked out here and wished for.

/** What a hand does to the order; `film` is read, never written. `more` is what a change of the places sets back. */
function orderHand(stage, film, more = {}) {
  /** Places changed: what was moved before no longer fits them. */
  const arrange = (order, dropped, frame) => stage.ask({ order, dropped, ...more, ...film.here(frame) });
  const shifted = (after) => (stage.state.dropped ?? []).map((place) => (place > after ? place + 1 : place));

  /** Another frame behind the cursor. */
  function put(frame) {
    const at = film.at();
    const next = [...film.view.order];
    if (film.fixed || next.length >= 128) return;
    next.splice(at + 1, 0, frame);
    film.start(at + 1);
    arrange(next, shifted(at), at + 1);
  }

  return {
    put,
    repeat: () => put(film.view.order[film.at()]),
    shuffle: () => film.fixed || stage.act("shuffle"),
    reset: () => film.fixed || arrange(null, [], Math.min(film.at(), film.sheet.times.length - 1)),
  };
}
