/**
 * An object while it is being filled field by field. Spreading optional fields into it costs several times as
 * much, and decoders make thousands a block.
 */
export type Building<T> = { -readonly [K in keyof T]: T[K] };
