// The page: its head, the screen that the address names, and what lies over it.

import { texts } from "./i18n/catalogue.ts";
import { Banner, Notices } from "./parts/banner.tsx";
import { Confirmation } from "./parts/confirm.tsx";
import { Empty } from "./parts/empty.tsx";
import { Header } from "./parts/header.tsx";
import { Heading } from "./parts/heading.tsx";
import { KeyList } from "./parts/keys.tsx";
import { overlay } from "./parts/overlays.ts";
import { Palette } from "./parts/palette.tsx";
import { Attention } from "./screens/attention/list.tsx";
import { Audit } from "./screens/audit.tsx";
import { Create } from "./screens/create.tsx";
import { SignIn } from "./screens/sign-in.tsx";
import { Logs } from "./screens/store/logs.tsx";
import { StorePage } from "./screens/store/page.tsx";
import { Stores } from "./screens/stores/list.tsx";
import { Tokens } from "./screens/tokens.tsx";
import { Webhooks } from "./screens/webhooks/list.tsx";
import { WebhookPage } from "./screens/webhooks/page.tsx";
import { href, route } from "./state/route.ts";
import { session } from "./state/session.ts";

export function App() {
  if (session.value === null) {
    return (
      <>
        <SignIn />
        <Notices />
      </>
    );
  }
  return (
    <>
      <Header />
      <Banner />
      <main id="content">
        <Screen />
      </main>
      <Notices />
      <Confirmation />
      {overlay.value === "palette" && <Palette />}
      {overlay.value === "keys" && <KeyList />}
    </>
  );
}

function Screen() {
  const [first, id, part, ...rest] = route.value.path;
  if (rest.length > 0) return <NotFound />;
  switch (first) {
    case undefined:
      return <Attention />;
    case "stores":
      if (id === undefined) return <Stores />;
      if (part === undefined) return <StorePage key={id} id={id} />;
      return part === "logs" ? <Logs key={id} id={id} /> : <NotFound />;
    case "create":
      return <Create />;
    case "audit":
      return <Audit />;
    case "webhooks":
      if (part !== undefined) return <NotFound />;
      return id === undefined ? <Webhooks /> : <WebhookPage key={id} id={id} />;
    case "tokens":
      return session.value?.role === "admin" ? <Tokens /> : <NotFound />;
    default:
      return <NotFound />;
  }
}

function NotFound() {
  const { notFound } = texts.value;
  return (
    <>
      <Heading title={notFound.title} />
      <Empty icon="missing" title={notFound.title}>
        <a href={href(["stores"])}>{notFound.go}</a>
      </Empty>
    </>
  );
}
