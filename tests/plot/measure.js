// Put into a copy of a page by tests/pages.sh: what a reader would see is measured, and told to the page around it.
// All of it is in pixels of the screen; what is not shown is not measured.
(() => {
  const faults = [], say = (what, where) => faults.push(what + ': ' + where.replace(/\s+/g, ' ').slice(0, 80));
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const root = document.documentElement, slack = 0.5;
  if (!document.body.dataset.picture && root.scrollWidth > innerWidth) say('wider than the window', root.scrollWidth + ' pixels');
  for (const entry of performance.getEntriesByType('resource'))
    if (!entry.name.startsWith('data:')) say('asks for something', entry.name);
  for (const e of document.querySelectorAll(':not(a)'))
    for (const a of e.attributes)
      if (/^(src|srcset|href|xlink:href|data|poster)$/.test(a.name) && !/^(data:|#)/.test(a.value)) say('asks for something', a.value);
  for (const e of document.querySelectorAll('style,[style]'))
    if (/url\(|@import/.test(e.textContent + e.getAttribute('style'))) say('asks for something', 'a style');

  // Text of a page outside of pictures may be scrolled to, but only within a box that scrolls.
  const scrolls = e => e && (getComputedStyle(e).overflowX === 'auto' || scrolls(e.parentElement));
  for (const e of document.querySelectorAll('h1,h2,h3,p,td,th,caption,figcaption,pre')) {
    const box = e.getBoundingClientRect();
    if (box.width > 0 && (box.right > innerWidth + slack || box.left < -slack) && !scrolls(e)) say('cut off', e.textContent);
  }

  // Contrast as WCAG 2 has it.
  const numbers = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const luminance = colour => {
    const [r, g, b] = numbers(colour).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = luminance(getComputedStyle(document.body).backgroundColor);
  const contrast = colour => {
    const l = luminance(colour);
    return (Math.max(l, ground) + 0.05) / (Math.min(l, ground) + 0.05);
  };
  for (const e of document.querySelectorAll('h1,h2,h3,p,td,th,caption,pre,svg text:not(.white):not(.black)')) {
    const style = getComputedStyle(e), colour = e.ownerSVGElement ? style.fill : style.color;
    if (contrast(colour) < 4.5) say('contrast of ' + contrast(colour).toFixed(1), e.textContent);
  }

  let texts = 0, pictures = 0, smallest = 1e9;
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0) continue;
    ++pictures;
    const all = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect(), e]);
    texts += all.length;
    all.forEach(([text, a, e], i) => {
      smallest = Math.min(smallest, parseFloat(getComputedStyle(e).fontSize) * frame.width / svg.viewBox.baseVal.width);
      if (a.left < frame.left - slack || a.top < frame.top - slack || a.right > frame.right + slack || a.bottom > frame.bottom + slack)
        say('leaves its picture', text);
      for (const [other, b] of all.slice(0, i))
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack)
          say('meet', text + ' | ' + other);
    });
  }
  const count = `${pictures} pictures, ${texts} texts of ${texts ? smallest.toFixed(1) : 0} pixels and more`;
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  parent.postMessage([location.hash.slice(1), innerWidth, dark ? 'dark' : 'light', height, count, ...faults], '*');
})();
