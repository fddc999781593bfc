// Heads: what each of the four heads says, beside what was drawn, and what another network of the course says.

/** The four answers. The thin mark on an expression is the other network's; on a parameter of the generator what was drawn. */
function answersPanel(stage, heads) {
  let charts = null;
  const emotion = el("div");
  const years = stage.canvas({ label: "The probability of each age", aspect: "auto", of: () => [heads.ready() && heads.view], paint: paintAges });
  years.classList.add("fv-hd-ages");
  const sum = el("span.hd-sum");
  const mean = el("p.note.keep.hd-mean");
  const shapes = el("div.hd-drawn");
  const silence = el("p.note.keep.hd-silence");
  const means = el("p.note.keep.hd-means");
  const read = el("p.note.help.hd-read");
  const beside = el("span.hd-beside");
  const three = el("div", {}, el("h5.sub", {}, "Age ", sum), mean, years, shapes);
  const node = el("div.hd-answers", {}, el("div", {}, el("h5.sub", {}, "Label", beside), emotion), three, silence, means, read);

  function paintAges(context, width, height) {
    if (!heads.ready() || !heads.view.now.age) return;
    const { now, person } = heads.view;
    const { colours } = stage;
    const floor = height - 1.15 * colours.size;
    const across = (age) => 4 + ((age - 1) / 99) * (width - 8);
    const most = Math.max(...now.age);
    const two = now.two.map(([age]) => age);
    now.age.forEach((value, place) => {
      context.fillStyle = two.includes(place + 1) ? colours.accent : css(mixed(stage));
      const tall = Math.max(0.5, (value / most) * (floor - 4));
      context.fillRect(across(place + 1) - 1, floor - tall, Math.max(1.2, (width - 8) / 99 - 0.6), tall);
    });
    const line = (age, ink, dash) => {
      context.strokeStyle = ink;
      context.lineWidth = 2;
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(across(age), 0);
      context.lineTo(across(age), floor);
      context.stroke();
      context.setLineDash([]);
    };
    if (person) line(person.age, colours.quiet, [4, 3]);
    line(now.mean, colours.ink, [1, 3]);
    line(now.years, colours.ink, []);
    context.fillStyle = context.strokeStyle = colours.quiet;
    context.fillRect(across(1) - 1, floor, across(100) - across(1) + 2, 1);
    context.font = `${0.78 * colours.size}px ${colours.font}`;
    context.textBaseline = "alphabetic";
    for (const age of [1, 25, 50, 75, 100]) {
      context.textAlign = age === 1 ? "left" : age === 100 ? "right" : "center";
      context.fillText(String(age), across(age), height - 2);
    }
  }

  const changed = news();
  return {
    node,
    furnish() {
      const { sheet } = heads;
      charts = {
        emotion: bars(sheet.labels, { pick: heads.fixed ? null : (label) => stage.ask({ label }), caption: "Probability of each label; choose one to see what each number of the feature adds to it", heads: ["", "", "now", ""] }),
        shapes: bars(["gender", ...sheet.shapes], { caption: "Gender, and the shares of the three shapes", heads: ["0 male, 1 female; shapes", "", "read", "drawn"] }),
      };
      emotion.replaceChildren(charts.emotion.node);
      shapes.replaceChildren(charts.shapes.node);
      [means.textContent, read.textContent] = [sheet.means, sheet.read];
    },
    draw() {
      const { view } = heads;
      if (!changed(view, heads.sheet, stage.state.trained)) return;
      const { now, other, person } = view;
      const name = other ? heads.sheet.stages[view.beside] : "";
      beside.textContent = name && `thin marks: ${name}`;
      Object.assign(emotion.querySelector(".fv-heads").lastChild, { textContent: name && "mark", title: name });
      charts.emotion.set(now.emotion, other?.emotion ?? null, view.label);
      const silent = !now.age;
      [three.hidden, means.hidden, read.hidden, silence.hidden] = [silent, silent, silent, !silent];
      silence.textContent = silent ? view.silence : "";
      if (silent) return;
      charts.shapes.set([now.gender, ...now.ethnicity], person && [person.gender, ...person.ethnicity]);
      sum.replaceChildren(el("b", { text: number(now.years, 1) }), ` = ${view.words.age.split(" = ")[0]}${person ? `; drawn ${number(person.age, 0)}` : ""}`);
      mean.textContent = `mean over all ages ${number(now.mean, 1)} (dotted)`;
      years.setAttribute("aria-label", `The probability of each age, 1 to 100. ${view.words.age}${person ? `; drawn: ${number(person.age, 0)} years` : ""}.`);
    },
  };
}
