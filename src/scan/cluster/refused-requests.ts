import { ApiError } from '../../kubernetes-api/api-client.ts';

/** Sends requests that may fail: a refusal by the API server becomes a note. */
export interface RefusedRequests {
  /** One note for each refused request. */
  readonly notes: readonly string[];
  /**
   * Returns the result of the request; undefined, with the given note, if the API server refuses it. Throws if the
   * connection fails or the credentials are not accepted.
   */
  readonly unlessRefused: <T>(request: () => Promise<T>, note: (reason: string) => string) => Promise<T | undefined>;
  /** Adds a note about something else. */
  readonly note: (text: string) => void;
}

/** Creates an empty list of notes and the functions that add to it. */
export function createRefusedRequests(): RefusedRequests {
  const notes: string[] = [];
  return {
    notes,
    note: (text) => void notes.push(text),
    unlessRefused: async (request, note) => {
      try {
        return await request();
      } catch (error) {
        if (!(error instanceof ApiError) || error.code === 401) throw error;
        notes.push(note(error.message));
        return undefined;
      }
    },
  };
}
