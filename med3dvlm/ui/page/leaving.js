// A reload or a closed window loses the conversation, and what stands in a box: the browser asks.

window.addEventListener("beforeunload", (event) => {
  const boxes = [...document.querySelectorAll("#question textarea, .edit-question textarea, #report textarea")];
  const typed = boxes.some((box) => box.value.trim());
  if (typed || document.querySelector("#chat .exchange, #on-hold .back li")) {
    event.preventDefault();
  }
});
