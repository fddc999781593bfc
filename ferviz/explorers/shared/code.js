// The line of code that makes a view again: shown when asked for, and copied by a button.

/** Put text where Ctrl+V finds it; where the browser keeps its clipboard to itself the text is left selected, and false comes back. */
async function copied(node) {
  try {
    await navigator.clipboard.writeText(node.textContent);
    return true;
  } catch (error) {  // no permission, or a page that was not sent over a safe line: then by hand
    getSelection().selectAllChildren(node);
    return document.execCommand("copy");
  }
}

/** Its button for the tools, its box, and `set(code)`. */
function codeLine() {
  const text = el("pre.codeline", { tabindex: "0" });
  const said = el("span.codesaid", { role: "status" });
  const copy = el("button.button.codecopy", { type: "button", text: "Copy", title: "Copy this line", "data-tool": "", onclick: async () => {
    said.textContent = (await copied(text)) ? "copied" : "selected: press Ctrl+C (on a Mac ⌘C)";
  } });
  const node = el("div.codebox", { hidden: "" }, text, el("span.codetools", {}, copy, said));
  const open = el("button.button.code", { type: "button", text: "</>", title: "Show the line that makes this view again", "aria-label": "Show the code of this view", "aria-expanded": "false" });
  open.onclick = () => {
    node.hidden = !node.hidden;
    said.textContent = "";
    open.setAttribute("aria-expanded", String(!node.hidden));
  };
  return {
    open,
    node,
    set(code) {
      if (text.textContent !== code) [text.textContent, said.textContent] = [code, ""];
    },
  };
}
