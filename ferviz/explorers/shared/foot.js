// Below the controls: choosing a picture of one's own, where it goes, and the keys.

/** Where an upload goes: in a few words that are always seen, and the rest. */
function whereText() {
  const host = window.location.hostname;
  const route = "It goes from your browser to the kernel, nowhere else, and is not saved with the notebook.";
  if (["localhost", "127.0.0.1", "[::1]"].includes(host) || host.endsWith(".localhost")) return ["It stays on this machine, and is not saved.", `Your picture stays on this machine. ${route}`];
  if (!host || window.location.protocol.startsWith("vscode")) return ["It stays with your kernel, and is not saved.", `Your picture stays with your kernel. ${route}`];
  return [`A shared server: it goes to ${host}, and is not saved.`, `Your picture goes to the kernel on ${host}, a machine of whoever runs it. From there it goes nowhere else, and it is not saved with the notebook.`];
}

const HANGS = {
  busy: "The kernel is still computing; your file is taken up after that.",
  gone: "The kernel does not answer: run this cell again, then choose the file again.",
  quiet: "No answer from the kernel yet. If this stays, run this cell again, then choose the file again.",
};

/**
 * A file, sent in parts that each wait for the one before: large films neither block nor break the connection. Each choice
 * has an id, which goes out with its parts and comes back with the answers: what belongs to an older choice is passed over.
 */
function uploader(model, status) {
  const PART = 2 ** 20;
  let coming = null;  // the newest choice, {id, file}
  let told = "";
  let whole = false;  // all of it has arrived: a kernel that computes now looks at the file
  const beat = pulse(model, (state) => status(state && !(whole && state === "busy") ? HANGS[state] : told));
  const say = (text) => {
    told = text;
    status(text);
  };
  const sendFrom = async (start) => {
    const mine = coming;
    const { id, file } = mine;
    const part = await file.slice(start, start + PART).arrayBuffer();
    if (mine === coming) beat.send({ upload: { id, name: file.name, total: file.size, start } }, [part]);
  };
  return {
    choose(file) {
      coming = { id: Math.random().toString(36).slice(2), file };  // other views of this explorer hear the answers too
      whole = false;
      say(`Reading ${file.name} …`);
      sendFrom(0);
    },
    received(id, count) {
      if (id !== coming?.id) return;
      const { file } = coming;
      beat.heard();
      if (count < file.size) {
        say(`${file.name}: ${Math.round((100 * count) / file.size)} %`);
        sendFrom(count);
      } else {
        whole = true;
        say(`${file.name}: ${file.type.startsWith("audio/") ? "listening" : "looking for a face"} …`);
        beat.waits();
      }
    },
    /** A file was looked at, or what a button asked for was done: that has no id. */
    done(id) {
      if (id !== (coming?.id ?? null)) return;
      beat.heard();
      if (coming) say("");
      coming = null;
    },
    act(name) {
      if (coming) say("");
      coming = null;
      beat.send({ act: name });
    },
    stop: beat.stop,
  };
}

/** Drop a file anywhere on the explorer. The foot is placed in the page after it is made, so the frame is looked for then. */
function takeDrops(host, choose) {
  const frame = host.closest(".ferviz-explorer");
  if (!frame) return;
  frame.addEventListener("dragover", (event) => event.preventDefault());
  frame.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) choose(event.dataTransfer.files[0]);
  });
}

export default {
  render({ model, el: host }) {
    const setup = model.get("setup");
    const root = el("div.foot");
    host.append(root);
    const events = {};
    let stop = () => {};
    if (setup.accept) {
      const [short, long] = whereText();
      const status = el("span.status", { role: "status" });
      const up = uploader(model, (text) => { status.textContent = text; });
      stop = up.stop;
      const what = setup.accept.includes("audio") ? "photo, clip or sound" : "photo or clip";
      const input = el("input", { type: "file", accept: setup.accept, "aria-label": `Choose a ${what} of your own` });
      input.onchange = () => {
        if (input.files.length) up.choose(input.files[0]);
        input.value = "";
      };
      const back = el("button.button", { type: "button", text: "Back to the sample", onclick: () => up.act("sample") });
      const route = el("span.privacy", { text: short });
      const onOwn = () => {
        back.hidden = !model.get("own");
        route.hidden = !back.hidden;  // it has been read before the picture was chosen
      };
      onOwn();
      root.append(el("div.upload", {}, el("label.button", { text: `Your own ${what} …` }, input), back, status, route), el("p.help", { text: long }));
      requestAnimationFrame(() => takeDrops(host, up.choose));
      events["change:own"] = onOwn;
      events["msg:custom"] = (content) => ("done" in content ? up.done(content.done) : up.received(content.id, content.received));
    }
    root.append(el("p.keys.help", { text: setup.keys }));
    for (const [name, handler] of Object.entries(events)) model.on(name, handler);
    return () => {
      stop();
      for (const [name, handler] of Object.entries(events)) model.off(name, handler);
    };
  },
};
