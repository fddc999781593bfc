// Frames: other weights with the same answer.

/** The panel "Same answer, other weights". */
function otherPanel(stage, film, hand) {
  const search = el("button.button.fr-main", { type: "button", text: "Look for other weights", onclick: hand.search });
  const rooms = choice("How far a probability may move", ["0.001", "0.01", "0.05"], (room) => stage.ask({ tolerance: Number(room) }));
  const made = row(stage, film, { name: "weights", hint: "up: now; down: the model's own", label: "The weights now, upwards, and the model's own, downwards", tall: "8em", paint, text: () => "" });
  const answer = el("p.fr-found", { role: "status" });
  const tools = el("div.choice", {}, search, el("span.it-quiet", { text: "each probability within" }), rooms.node);
  const node = el("div.panel", {},
    el("p.note.help", { text: "Can the model give the same answer with quite different weights? The anchor is held, so the answer is linear in the weights before the softmax; the search looks for weights as far away as they get while the top label stays and no probability moves further than chosen." }),
    tools, answer, made.node,
    el("p.note.help", { text: "Jain and Wallace (2019, “Attention is not Explanation”, arXiv:1902.10186) take such weights as a sign that attention does not explain an answer. Wiegreffe and Pinter (2019, “Attention is not not Explanation”, arXiv:1908.04626) object that weights changed by hand, one clip at a time, belong to no model that training would have found." }));

  function paint(context, width, height) {
    const grid = backdrop(context, width, height, film, stage.colours);
    const [now, own] = [film.values("weight"), film.view.rows["own weight"]];
    const most = Math.min(1, roundUp(Math.max(1.2 / film.usable(), ...finite(now), ...finite(own))));
    const up = (value) => height / 2 - (value / most) * (height / 2 - 2);
    columnBars(context, grid, { values: now, up, fill: () => stage.colours.bar, colours: stage.colours });
    columnBars(context, grid, { values: own.map((value) => -value), up, fill: () => css(mixed(stage)), colours: stage.colours });
    level(context, grid, up(0), stage.colours, "", []);
    ends(context, width, height, number(most), number(most), stage.colours);
  }

  return {
    node,
    draw() {
      rooms.draw(String(stage.state.tolerance));
      tools.hidden = film.fixed;
      search.disabled = film.usable() < 2;
      answer.textContent = film.usable() < 2 ? "One frame has all the weight, whatever it is: there is nothing to look for."
        : film.view.words.distance;
    },
  };
}
