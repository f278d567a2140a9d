// Without this a chapter opens the video file at its time; with it, the video on the page goes there.
for (const link of document.querySelectorAll("a[data-seconds]")) {
  link.addEventListener("click", event => {
    const video = document.getElementById(link.dataset.video);
    if (!video) return;
    event.preventDefault();
    video.currentTime = Number(link.dataset.seconds);
    video.play().catch(() => {});
    video.focus();
  });
}
for (const video of document.querySelectorAll("video")) {
  const links = [...document.querySelectorAll(`a[data-video="${video.id}"]`)];
  video.addEventListener("timeupdate", () => {
    const past = links.filter(link => Number(link.dataset.seconds) <= video.currentTime + 0.05);
    for (const link of links) link.removeAttribute("aria-current");
    if (past.length) past[past.length - 1].setAttribute("aria-current", "true");
  });
}
