//! What was measured, as lines to read: the median of the pairs, with the least and the greatest.

/// The ratio of each pair, and what its two sides came to.
#[derive(Default)]
pub struct Pairs(Vec<(f64, f64)>);

impl Pairs {
    pub fn add(&mut self, ours: f64, other: f64) {
        self.0.push((ours, other));
    }

    pub fn tell(&self, what: &str, aim: &str, unit: &str) {
        let ratios = sorted(self.0.iter().map(|(ours, other)| ours / other));
        let (ours, other) = (sorted(self.0.iter().map(|p| p.0)), sorted(self.0.iter().map(|p| p.1)));
        println!(
            "  {what:<38} {:.2} ({:.2} to {:.2}), aim {aim}; {:.1} against {:.1} {unit}",
            median(&ratios),
            ratios.first().unwrap(),
            ratios.last().unwrap(),
            median(&ours),
            median(&other),
        );
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
