/** The shape of a program's `jsonParsed` parser. */

/** What a program's parser makes of an instruction; null = not known. A string is a memo. */
export type ParsedInstruction = { readonly type: string; readonly info: object } | string | null;

/** Names the accounts of an instruction by position; missing ones read as ''. */
export type ProgramParser = (accounts: readonly string[], data: Buffer) => ParsedInstruction;
