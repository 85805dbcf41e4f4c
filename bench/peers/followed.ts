/** What the peers follow: the programs of config/networks/devnet.json, as ours does. */
import ndt from '../../config/idl/ndt.json' with { type: 'json' };
import staking from '../../config/idl/staking.json' with { type: 'json' };
import tracknft from '../../config/idl/tracknft.json' with { type: 'json' };

export const FOLLOWED_PROGRAMS: readonly string[] = [ndt.address, staking.address, tracknft.address];
