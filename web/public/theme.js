// Before the first paint, so that a page of the chosen theme never flashes in the other one.
try {
  const theme = localStorage.getItem('suture.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is off: the system's theme it is.
}
