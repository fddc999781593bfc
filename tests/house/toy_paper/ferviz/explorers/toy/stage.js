// ToyLab: the mask as a map, and the answer in bars.

export default explorer((stage) => {
  let view = null;
  let answers = null;
  const map = stage.canvas({ label: "The mask", paint: paintMask });
  const right = el("div.answers", {}, el("h4.heading", { text: "Probability" }));
  stage.body.append(map, right);

  function paintMask(context, width, height) {
    if (!view) return;
    const scale = { signed: false, limit: 1, digits: 2 };
    heatmap(context, width, height, { values: floats(view.mask), rows: view.side, columns: view.side, scale, colours: stage.colours });
  }

  return {
    picture(told) {
      answers = bars(told.labels, { caption: "Probability" });
      right.append(answers.node);
    },
    answer(next) {
      view = next;
    },
    draw() {
      if (view && answers) answers.set(view.now);
    },
  };
});
