/**
 * getgems: its own sale, auction and offer contracts. Code hashes: getgems-io/nft-contracts and
 * toncenter/ton-indexer.
 */
import type { SaleMarket } from '../market.js';

/** Deploys sales for anybody, and holds the item until it has. */
const DEPLOYER = '0:0816e9c02d110e790f7db3231b3bab12cccfc56b546c3c3e530684b4a9578a43';

export const GETGEMS: SaleMarket = {
  name: 'getgems',
  codes: [
    // fix price v1, v2, v3, v3r2, v3r3, v4r1
    'da9b9fce22e87c496572d20365259579bccef91a720357ccbe8c052efc9be08f',
    '8278f4c5233de6fbedc969af519344a7a9bffc544856dba986a95c0bcf8571c9',
    '32050dfac44f64866bcc86f2cd9e1305fe9dcadb3959c002237cfb0902d44323',
    'deb53b6c5765c1e6cd238bf47bc5e83ba596bdcc04b0b84cd50ab1e474a08f31',
    '24221fa571e542e055c77bedfdbf527c7af460cfdc7f344c450787b4cfa1eb4d',
    '6b95a6418b9c9d2359045d1e7559b8d549ae0e506f24caab58fa30c8fb1feb86',
    // auction v1, v2, v3r2, v3r3, v4r1
    'fc00a29dd0205bcdcc0d3ffb9ca38cc3c8c159ec60d8aa543240a92f10592d40',
    '6668872fa79705443ffd47523e8e9ea9f76ab99f9a0b59d27de8f81a1c27b9d4',
    '1bd9c5a39bffb7a0f341588b5dd92b813a842bf65ef14109382200ceaf8f72df',
    'bb6f62ade0feb2d79fab3b8aebf0930af98553df60093b2027f0a8bf169bfcec',
    'ce5a78534eaaa6ceed8dafd486d076eb60a9b0d6dbfb53676f662649c0689956',
    // offer v1, v1r3
    '7aa13161df5469acb9daab5ad3b9cb14a2c9754395e6355ccdb8dded6482092b',
    '6e5d667fa6efa8187c6d029efd4015601232fd2e36c291dbc346dedab6dc8024',
  ],
  addresses: [
    // Marketplace and fees.
    '0:584ee61b2dff0837116d0fcb5078d93964bcbe9c05fd6a141b1bfca5d6a43e18',
    '0:a3935861f79daf59a13d6d182e1640210c02f98e3df18fda74b8f5ab141abf18',
    DEPLOYER,
  ],
  deployers: [DEPLOYER],
};
