/**
 * What the devnet's web holds, and how it behaves: a pure function of the path. Most documents are as they
 * should be; some hosts lie, stall or change their mind first, as hosts do.
 */

/** Host of every document of the devnet. No such host exists. */
export const DOCUMENTS_HOST = 'devnet.normaldance.example';

export type Behaviour =
  | 'honest'
  /** The first answer is a page of HTML with status 200. */
  | 'lies first'
  /** The first request is never answered. */
  | 'stalls first'
  /** From the second time on, another document. */
  | 'changes its mind'
  /** Never a document: a picture that says it is JSON. */
  | 'lies always';

export interface Truth {
  readonly behaviour: Behaviour;
  /** Title and text of the track, by how often it was asked for before. */
  readonly document: (asked: number) => {
    readonly name: string;
    readonly description: string;
    readonly image: string;
    readonly attributes: readonly { readonly trait_type: string; readonly value: string | number }[];
    readonly animation_url: string;
  };
}

/** A CID that every cover of the devnet is under. */
const COVERS = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi';

const ITEM = /^\/label-(\d)\/(\d+)\.json$/;
const GENRES = ['house', 'techno', 'ambient', 'drum and bass'] as const;

/** null: there is no such document. */
export function truthOf(path: string): Truth | null {
  const [, label, number] = ITEM.exec(path) ?? [];
  if (label === undefined || number === undefined) return null;
  const index = Number(number);
  return {
    behaviour: behaviourOf(index),
    document: (asked) => {
      const take = behaviourOf(index) === 'changes its mind' && asked > 0 ? ', second take' : '';
      return {
        name: `Track ${index} of label ${label}${take}`,
        description: `Pressed by label ${label} as number ${index}${take}.`,
        image: `https://gateway.example/ipfs/${COVERS}/label-${label}/${index}.png`,
        attributes: [
          { trait_type: 'genre', value: GENRES[index % GENRES.length] ?? 'house' },
          { trait_type: 'number', value: index },
        ],
        animation_url: `ipfs://${COVERS}/label-${label}/${index}.mp3`,
      };
    },
  };
}

function behaviourOf(index: number): Behaviour {
  if (index % 11 === 3) return 'lies first';
  if (index % 11 === 5) return 'stalls first';
  if (index % 11 === 7) return 'changes its mind';
  if (index % 11 === 9) return 'lies always';
  return 'honest';
}
