// Starts the page.

import { render } from "preact";
import { App } from "./app.tsx";
import { listenToKeys } from "./parts/keys.tsx";
import { enterByProvider, enterWith } from "./screens/sign-in.tsx";
import { followPreferences } from "./state/preferences.ts";
import { followAddress } from "./state/route.ts";
import { restoreSession } from "./state/session.ts";
import { startClock } from "./time/clock.ts";
import "./style/base.css";
import "./style/parts.css";
import "./style/screens.css";
import "./style/print.css";

followPreferences();
startClock();
listenToKeys();
restoreSession();
const token = followAddress();
const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}
if (token !== undefined) void enterWith(token);
else if (/[?&]state=/.test(location.search)) void enterByProvider();
