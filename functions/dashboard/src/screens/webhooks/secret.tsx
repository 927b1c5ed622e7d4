// A secret, which is shown once.

import { texts } from "../../i18n/catalogue.ts";
import { Copy } from "../../parts/copy.tsx";

export function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { webhooks, close } = texts.value;
  return (
    <div class="note good" role="status">
      <div>
        <p>{webhooks.once}</p>
        <p class="row">
          <code class="break secret">{secret}</code>
          <Copy text={secret} what={webhooks.secret} />
          <button type="button" onClick={onClose}>
            {close}
          </button>
        </p>
      </div>
    </div>
  );
}
