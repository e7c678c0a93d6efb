// Every page works without this script. What needs it is hidden until it runs, and what replaces that is hidden then.
for (const one of document.querySelectorAll<HTMLElement>('[data-with-script]')) one.hidden = false
for (const one of document.querySelectorAll<HTMLElement>('[data-without-script]')) one.hidden = true
