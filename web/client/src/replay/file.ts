/** From a trace file's bytes to what can be read of it: unpacked as far as it goes, checked line by line. */
import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';
import { MOST_CHARACTERS, salvageTrace, TraceError, type Salvage } from '../../../../harness/traces/parse.js';

/** Reads a trace file's bytes, compressed or plain. @throws TraceError when nothing of it can be read */
export async function readTraceBytes(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<Salvage> {
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const { text, fault } = packed ? await unpacked(bytes) : { text: new TextDecoder().decode(bytes), fault: undefined };
  const salvage = salvageTrace(text, name, (line) => bytesToHex(sha256(utf8ToBytes(line))));
  // A footer that was read is the end of the trace, whatever follows it in the file.
  if (fault === undefined || salvage.trace.footer) return salvage;
  return { ...salvage, fault: `${fault}; ${salvage.fault ?? 'nothing is missing of what was read'}` };
}

/** A file cut off in the middle still gives what came before the cut. */
async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<{ text: string; fault?: string }> {
  const decoder = new TextDecoder();
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close()).catch(() => undefined); // prettier-ignore
  const reader = stream.readable.getReader();
  let text = '';
  let fault: string | undefined;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += decoder.decode(part.value, { stream: true });
      if (text.length <= MOST_CHARACTERS) continue;
      await reader.cancel();
      throw new TraceError(`unpacks to over ${MOST_CHARACTERS} characters, which is the most that is read`);
    }
  } catch (error) {
    if (error instanceof TraceError) throw error;
    fault = 'its compressed data is cut off or damaged';
  }
  await written;
  return fault === undefined ? { text: text + decoder.decode() } : { text, fault };
}
