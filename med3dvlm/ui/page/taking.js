// What an Enter or a press on Ask sends is taken out of the box in that moment. Gradio calls its
// event later, on a busy page after the next question was typed: each event finds its text here.

const taken = (window.questionsTyped = []);
const take = () => {
  const box = document.querySelector("#question textarea");
  taken.push(box.value);
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
};
document.addEventListener("keypress", (event) => {
  if (event.key === "Enter" && !event.shiftKey && event.target.matches?.("#question textarea")) take();
}, { capture: true });
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#ask:enabled")) take();
}, { capture: true });
