// Whether the kernel still answers. What is shown must never look like the answer to a question nobody heard.
//
// Every message that wants an answer is noted by `waits`; `heard` takes the note away. With no answer after two seconds
// the state is "busy" (the kernel computes), "gone" (it was restarted, or there is none) or "quiet" (nobody here can tell
// which), until one comes.

const PATIENCE = 2000;  // milliseconds that an answer may take before what is shown is called old
const KNOCK = 3000;  // between two questions to a kernel that does not answer

const SAYS = {
  busy: "The kernel is still computing: what is shown in gray is older than what you chose.",
  gone: "The kernel does not answer: run this cell again. What is shown in gray is its last answer.",
  quiet: "No answer from the kernel yet: it is computing, or it was restarted. If this stays, run this cell again. What is shown in gray is older than what you chose.",
};

/**
 * Whether a kernel is at work on anything. Its own word does not say: "idle" may be the end of one message while another
 * one is being dealt with. So the messages are counted that were begun and not ended.
 * @param {Kernel} kernel
 */
function workOf(kernel) {
  const begun = new Set();
  const onMessage = (_, { header, content, parent_header }) => {
    if (header.msg_type !== "status") return;
    if (content.execution_state === "busy") begun.add(parent_header.msg_id);
    if (content.execution_state === "idle") begun.delete(parent_header.msg_id);
  };
  const onStatus = (_, status) => {
    if (status !== "busy" && status !== "idle") begun.clear();  // it starts anew, or has ended
  };
  kernel.iopubMessage?.connect(onMessage);
  kernel.statusChanged?.connect(onStatus);
  return {
    kernel,
    busy: () => begun.size > 0 || kernel.status === "busy",
    stop() {
      kernel.iopubMessage?.disconnect(onMessage);
      kernel.statusChanged?.disconnect(onStatus);
    },
  };
}

/**
 * send(content, buffers) asks the kernel; waits() and heard() keep the account; `changed(state)` hears of every change.
 * `knock`, where given, is sent again and again to a kernel that does not answer, so that a view heals by itself.
 * @param {WidgetModel} model
 * @param {(state: KernelState) => void} changed
 * @param {(() => object) | null} knock
 */
function pulse(model, changed, knock = null) {
  let since = 0;
  let state = "";
  let timer = 0;
  let knocked = 0;
  let sent = 0;
  let calm = 0;  // looks in a row at which the kernel was not at work: between two messages it is not either
  let unheard = false;  // the kernel has dealt with our newest message, and nothing of ours has answered it
  let work = null;
  let stopped = false;
  const say = (now) => {
    if (now === state) return;
    state = now;
    changed(now);
  };
  /** @returns {KernelState} what the page knows of the kernel behind a widget that does not answer */
  const judge = () => {
    const manager = model.widget_manager;
    if (!manager || !("kernel" in manager)) return "quiet";
    const kernel = manager.kernel ?? null;
    if (kernel !== (work?.kernel ?? null)) {
      work?.stop();
      work = kernel && workOf(kernel);
    }
    if (unheard || kernel?.connectionStatus !== "connected") return "gone";
    calm = work.busy() ? 0 : calm + 1;
    return calm > 1 ? "gone" : /** @type {KernelState} */ (state) || "busy";
  };
  const look = () => {
    clearTimeout(timer);
    if (stopped || !since) return;
    if (Date.now() - since >= PATIENCE) {
      say(judge());
      if (knock && Date.now() - knocked > KNOCK) {
        knocked = Date.now();
        send(knock());
      }
    }
    timer = setTimeout(look, state ? 400 : PATIENCE - (Date.now() - since));
  };
  const waits = () => {
    since ||= Date.now();
    if (!timer || !state) look();
  };
  const send = (content, buffers) => {
    const own = sent += 1;
    const status = ({ content: { execution_state } }) => {
      if (execution_state === "idle" && own === sent && since) unheard = true;
    };
    try {
      model.send(content, { iopub: { status } }, buffers);
    } catch {  // the line to the kernel is closed: nobody will answer
      since ||= Date.now() - PATIENCE;
      unheard = true;
    }
  };
  judge();  // the account of the kernel's work begins here
  calm = 0;
  return {
    send(content, buffers) {
      send(content, buffers);
      waits();
    },
    whisper: send,  // wants no answer
    waits,
    heard() {
      since = calm = 0;
      unheard = false;
      clearTimeout(timer);
      timer = 0;
      say("");
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      work?.stop();
    },
    get state() { return state; },
  };
}
