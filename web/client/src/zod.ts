/** Schemas in the page are read without generated code, which its content policy forbids. Imported before anything that makes schemas. */
import { config } from 'zod';

config({ jitless: true });
