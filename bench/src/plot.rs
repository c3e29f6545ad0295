//! Results as pictures, for people who would rather look.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use crate::results::{CLOSURE, HAND_WRITTEN, OURS, Results};

const OUR_COLOR: RGBColor = RGBColor(214, 90, 30);
const LIMIT_COLOR: RGBColor = RGBColor(120, 160, 120);
const PEER_COLOR: RGBColor = RGBColor(130, 150, 180);

fn color(peer: &str) -> RGBColor {
    match peer {
        OURS | CLOSURE => OUR_COLOR,
        HAND_WRITTEN => LIMIT_COLOR,
        _ => PEER_COLOR,
    }
}

/// A panel for each case that all peers have, with a bar for each of them.
pub fn bars(results: &Results, unit: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    const WIDTH: i32 = 440;
    const BAR: i32 = 20;
    let peers = results.peers();
    let cases: Vec<_> = results.cases().into_iter().filter(|case| results.get(case, HAND_WRITTEN).is_some()).collect();
    let height = BAR * i32::try_from(peers.len())? + 3 * BAR;
    let rows = i32::try_from(cases.len().div_ceil(2))?;
    let root = SVGBackend::new(file, (2 * WIDTH.unsigned_abs(), (rows * height).unsigned_abs())).into_drawing_area();
    root.fill(&WHITE)?;
    let text = |size| ("sans-serif", size).into_font();
    for (panel, case) in cases.iter().enumerate() {
        let panel = i32::try_from(panel)?;
        let (x, y) = (panel % 2 * WIDTH + 10, panel / 2 * height + 10);
        root.draw(&Text::new(format!("{case} ({unit})"), (x, y), text(15)))?;
        let longest = peers.iter().filter_map(|peer| results.get(case, peer)).fold(0.0, f64::max);
        for (place, peer) in peers.iter().enumerate() {
            let Some(value) = results.get(case, peer) else { continue };
            let top = y + BAR * (i32::try_from(place)? + 1) + 4;
            #[expect(clippy::cast_possible_truncation, reason = "at most the length below")]
            let length = (value / longest * 240.0) as i32;
            root.draw(&Text::new((*peer).to_owned(), (x, top), text(12)))?;
            let bar = [(x + 115, top), (x + 115 + length.max(1), top + BAR - 6)];
            root.draw(&Rectangle::new(bar, color(peer).filled()))?;
            root.draw(&Text::new(format!("{value:.1}"), (x + 120 + length, top), text(12)))?;
        }
    }
    root.present()?;
    Ok(())
}

/// Time per item by the depth that it comes from.
pub fn delegation(time: &Results, file: &Path) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new(file, (720, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("An item that comes up from a depth", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d((1.0..1_000.0_f64).log_scale(), (1.0..100_000.0_f64).log_scale())?;
    chart.configure_mesh().x_desc("depth").y_desc("ns per item").light_line_style(TRANSPARENT).draw()?;
    let colors = [OUR_COLOR, PEER_COLOR, LIMIT_COLOR];
    for (peer, color) in [OURS, "async-stream", "asynk-strim"].into_iter().zip(colors) {
        let points: Vec<_> = [1_u32, 10, 100, 1_000]
            .into_iter()
            .filter_map(|depth| Some((f64::from(depth), time.get(&format!("depth {depth}"), peer)?)))
            .collect();
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(3)))?
            .label(peer)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color.stroke_width(3)));
    }
    chart.configure_series_labels().position(SeriesLabelPosition::UpperLeft).draw()?;
    root.present()?;
    Ok(())
}
