//! What must hold of tiles, their paths and their octets.

use std::vec;

use super::*;

fn tile(kind: TileKind, index: u64, width: u16) -> Tile {
    Tile::new(kind, index, width).unwrap()
}

#[test]
fn paths_are_those_of_the_format() {
    let table = [
        (
            tile(TileKind::Hashes(0), 1_234_067, 256),
            "tile/0/x001/x234/067",
        ),
        (tile(TileKind::Hashes(0), 0, 1), "tile/0/000.p/1"),
        (tile(TileKind::Hashes(63), 999, 255), "tile/63/999.p/255"),
        (tile(TileKind::Entries, 1_000, 256), "tile/entries/x001/000"),
        (tile(TileKind::Entries, 273, 112), "tile/entries/273.p/112"),
    ];
    for (tile, path) in table {
        assert_eq!(tile.path(), path);
        assert_eq!(Tile::from_path(path), Some(tile));
    }
}

#[test]
fn there_is_no_other_path_to_a_tile() {
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/00/000",
        "tile/+0/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/001/000",
        "tile/0/xx01/000",
        "tile/0/000/",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/+1",
        "tile/0/000.p/1/1",
        "tile/0/../0/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x018/x446/x744/x073/x709/x551/616",
    ] {
        assert_eq!(Tile::from_path(path), None, "{path:?}");
    }
}

#[test]
fn a_tree_of_70000_has_the_tiles_of_the_formats_example() {
    let count = |kind| {
        Tile::all(kind, 70_000)
            .map(|tile| tile.width())
            .collect::<Vec<_>>()
    };
    let level_0 = count(TileKind::Hashes(0));
    assert_eq!((level_0.len(), level_0[273]), (274, 112));
    assert_eq!(level_0, count(TileKind::Entries));
    assert_eq!(count(TileKind::Hashes(1)), [256, 17]);
    assert_eq!(count(TileKind::Hashes(2)), [1]);
    assert_eq!(TileKind::all(70_000).count(), 4);
    let widths: Vec<u16> = TileKind::all(256)
        .flat_map(|kind| Tile::all(kind, 256))
        .map(|tile| tile.width())
        .collect();
    assert_eq!(widths, [256, 256, 1]);
    assert_eq!(TileKind::all(0).count(), 0);
}

#[test]
fn a_tile_is_within_the_trees_that_have_its_items() {
    assert!(tile(TileKind::Entries, 0, 7).is_within(7));
    assert!(!tile(TileKind::Entries, 0, 8).is_within(7));
    assert!(!tile(TileKind::Hashes(1), 0, 1).is_within(255));
    assert!(tile(TileKind::Hashes(1), 0, 1).is_within(256));
    assert!(!tile(TileKind::Hashes(63), 0, 1).is_within(u64::MAX));
}

#[test]
fn bundles_are_read_strictly() {
    let entries = vec![b"first".to_vec(), vec![], vec![7; 65_535]];
    let octets = encode_bundle(&entries).unwrap();
    assert_eq!(octets[..9], *b"\x00\x05first\x00\x00");
    assert_eq!(decode_bundle(&octets, 3), Ok(entries));
    assert_eq!(decode_bundle(&octets, 2), Err(TileRefusal::TooLong));
    assert_eq!(decode_bundle(&octets, 4), Err(TileRefusal::TooShort));
    for cut in [1, 6, 8, 10, octets.len() - 1] {
        assert_eq!(decode_bundle(&octets[..cut], 3), Err(TileRefusal::TooShort));
    }
    assert_eq!(
        encode_bundle(&[vec![0; 65_536]]),
        Err(TileRefusal::EntryTooLong)
    );
}

#[test]
fn hash_tiles_are_read_strictly() {
    let hashes = [Digest([1; 32]), Digest([2; 32])];
    let octets = encode_hashes(&hashes);
    assert_eq!(decode_hashes(&octets, 2), Ok(hashes.to_vec()));
    assert_eq!(decode_hashes(&octets, 1), Err(TileRefusal::TooLong));
    assert_eq!(decode_hashes(&octets, 3), Err(TileRefusal::TooShort));
    assert_eq!(decode_hashes(&octets[..63], 2), Err(TileRefusal::TooShort));
    assert_eq!(
        decode_hashes(&[octets, vec![0]].concat(), 2),
        Err(TileRefusal::TooLong)
    );
}

#[test]
fn a_growing_tree_writes_exactly_its_tiles() {
    let mut tiles = HashTiles::new();
    let mut full = Vec::new();
    for size in 1..=1_000_u64 {
        full.extend(tiles.push(merkle::leaf_hash(&size.to_be_bytes())));
        let mut written: Vec<Tile> = full
            .iter()
            .chain(&tiles.partials())
            .map(|(tile, _)| *tile)
            .collect();
        written.sort();
        let expected = TileKind::all(size).filter(|kind| *kind != TileKind::Entries);
        assert_eq!(
            written,
            expected
                .flat_map(|k| Tile::all(k, size))
                .collect::<Vec<_>>()
        );
    }
}
