// Turns each `.tabs` into a bar of buttons. Groups with the same names switch together, and the choice is kept.
(() => {
    const key = (names) => `tab:${names.join("|")}`;
    const groups = [...document.querySelectorAll(".tabs")].map((box) => {
        const panes = [...box.children].filter((pane) => pane.dataset.tab);
        const names = panes.map((pane) => pane.dataset.tab);
        const bar = document.createElement("div");
        bar.className = "tab-bar";
        bar.setAttribute("role", "tablist");
        const buttons = names.map((name) => {
            const button = document.createElement("button");
            button.type = "button";
            button.textContent = name;
            button.setAttribute("role", "tab");
            button.addEventListener("click", () => choose(names, name, button));
            bar.append(button);
            return button;
        });
        box.prepend(bar);
        box.classList.add("ready");
        return { panes, names, buttons };
    });
    function show(group, name) {
        group.panes.forEach((pane) => { pane.hidden = pane.dataset.tab !== name; });
        group.buttons.forEach((button) => button.setAttribute("aria-selected", String(button.textContent === name)));
    }
    function choose(names, name, button) {
        const before = button.getBoundingClientRect().top;
        groups.filter((group) => key(group.names) === key(names)).forEach((group) => show(group, name));
        window.scrollBy(0, button.getBoundingClientRect().top - before);
        try { localStorage.setItem(key(names), name); } catch { /* private windows keep nothing */ }
    }
    for (const group of groups) {
        let kept = null;
        try { kept = localStorage.getItem(key(group.names)); } catch { /* as above */ }
        show(group, group.names.includes(kept) ? kept : group.names[0]);
    }
})();
