import './browser-globals.ts';
import { evaluate } from './evaluate.ts';
import { annotate } from './pod-annotations.ts';
import type { EngineReply, EngineRequest } from './protocol.ts';

self.addEventListener('message', async ({ data }: MessageEvent<EngineRequest>) => {
  self.postMessage(await replyTo(data));
});

async function replyTo(request: EngineRequest): Promise<EngineReply> {
  try {
    if (request.kind === 'evaluate') return await evaluate(request.input, (partial) => self.postMessage(partial));
    return annotate(request.manifest, request.pod, request.annotations);
  } catch (error) {
    // a bug of the engine, or a manifest that needs more memory than the browser gives
    return { kind: 'failed', problem: `The manifest cannot be processed: ${String(error).slice(0, 200)}` };
  }
}
