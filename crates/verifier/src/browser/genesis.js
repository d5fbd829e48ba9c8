// The genesis that the reader trusts, and the validators that it names.

import { digest, isDigest, leafHash } from './hash.js';
import { unhex } from './bytes.js';
import { isSoundKey } from './ed25519.js';
import { readPolicy } from './policy.js';
import { isName, readGenesisLine } from './record.js';
import { isPublicKey } from './signature.js';
import { plain } from './unicode.js';
import { cannotTell } from './verdict.js';

const VALIDATORS_MAX = 21;
const NEWER = 'use the newest version of the verifier';

const isAuthority = (value, hasFields) => hasFields(value, { as: isName, key: isPublicKey, who: isName });

function isValidator(value, hasFields) {
  const isKey = (key) => typeof key === 'string' && unhex(key, 32) !== null;
  const isSound = (key) => isKey(key) && isSoundKey(unhex(key, 32));
  return hasFields(value, { key: isSound, name: isName, organization: isName, peer: isKey });
}

function differ(validators) {
  const isOneOf = (field) => new Set(validators.map((it) => it.get(field))).size === validators.length;
  return validators.length >= 1 && validators.length <= VALIDATORS_MAX && ['name', 'key', 'peer'].every(isOneOf);
}

/** The genesis whose leaf hash is the anchor: its ledger, fields and policy. Stops where it is not, or is unread. */
export function trustedGenesis(line, anchor) {
  const ledger = digest(leafHash(line));
  if (!isDigest(anchor)) {
    const next = "take the ledger's hash from a printed circular or another channel, and give it as anchor";
    cannotTell('you have not said which ledger you trust', next);
  }
  if (ledger !== anchor) {
    const next = 'check that the anchor is of this ledger; trust no hash that came with what you check';
    cannotTell(`this is of another ledger, ${ledger}, than the one that you trust`, next);
  }
  const genesis = readGenesisLine(line, isAuthority, isValidator);
  if (genesis === 'newer') cannotTell('the genesis line has a format that this verifier does not know', NEWER);
  const unread = 'the genesis that you trust cannot be read';
  if (genesis === null || !differ(genesis.get('validators'))) cannotTell(unread, NEWER);
  const policy = readPolicy(genesis.get('policy'));
  if (policy === null) cannotTell(`${unread}: its policy`, NEWER);
  if (policy.origin !== genesis.get('origin')) cannotTell(`${unread}: its policy has another origin`, NEWER);
  return { ledger, genesis, policy };
}

/** What the check of the genesis found. */
export function genesisFound({ genesis, policy }) {
  const notice = genesis.has('notice') ? `; notice: ${plain(genesis.get('notice'))}` : '';
  return `is the one that you trust: ${policy.origin}, ${policy.seats.length} validators${notice}`;
}

/** What no verifier can say of times. */
export function timesNotChecked(genesis) {
  return genesis.get('clock') === 'replay'
    ? 'times: this ledger replays history, and its times prove nothing'
    : "that the validators' clocks were right";
}
