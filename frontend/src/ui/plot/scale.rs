//! Which values a plot's height stands for, and the few of them that are worth a line.

use super::WHOLE;

/// A range of values that begins and ends on a round one, and holds zero: money that looks like much is much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    low: i64,
    high: i64,
    step: i64,
}

impl Scale {
    /// The range around these values. `least` is the smallest step between two lines.
    ///
    /// ```
    /// use frontend::ui::plot::Scale;
    /// let scale = Scale::around([-1_200, 31_400], 100);
    /// assert_eq!(scale.ticks(), [-20_000, 0, 20_000, 40_000]);
    /// ```
    pub fn around(values: impl IntoIterator<Item = i64>, least: i64) -> Self {
        let (mut low, mut high) = (0, 0);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        let step = round_step(high.saturating_sub(low) / 3).max(least);
        let down = |value: i64| value.div_euclid(step) * step;
        let (low, high) = (down(low), -down(-high));
        Self {
            low,
            // Nothing but zero still needs a height.
            high: if low == high { low + step } else { high },
            step,
        }
    }

    /// The round values, the lowest first.
    pub fn ticks(&self) -> Vec<i64> {
        let count = (self.high - self.low) / self.step;
        (0..=count).map(|n| self.low + n * self.step).collect()
    }

    /// How far down from the top a value is, in ten-thousandths.
    pub fn down(&self, value: i64) -> i64 {
        let from_top = i128::from(self.high - value) * i128::from(WHOLE);
        (from_top / i128::from(self.high - self.low)) as i64
    }
}

/// The smallest of 1, 2, 5, 10, 20, 50 … that is no less.
fn round_step(least: i64) -> i64 {
    let mut power = 1_i64;
    loop {
        for factor in [1, 2, 5] {
            match power.checked_mul(factor) {
                Some(step) if step >= least => return step,
                Some(_) => {}
                None => return least,
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_a_few_round_steps_and_holds_every_value() {
        for (values, ticks) in [
            (vec![], vec![0, 100]),
            (vec![0], vec![0, 100]),
            (vec![21_400, 31_400], vec![0, 20_000, 40_000]),
            (vec![30_000], vec![0, 10_000, 20_000, 30_000]),
            (vec![-5_000], vec![-6_000, -4_000, -2_000, 0]),
            (vec![37, 12], vec![0, 100]),
        ] {
            let scale = Scale::around(values.clone(), 100);
            assert_eq!(scale.ticks(), ticks, "{values:?}");
            for value in values {
                assert!((0..=WHOLE).contains(&scale.down(value)), "{value}");
            }
        }
    }

    #[test]
    fn the_top_is_the_highest_and_the_bottom_the_lowest() {
        let scale = Scale::around([30_000], 100);
        assert_eq!(
            (scale.down(30_000), scale.down(15_000), scale.down(0)),
            (0, 5_000, WHOLE)
        );
    }

    #[test]
    fn no_value_is_too_large_for_a_scale() {
        let scale = Scale::around([i64::MAX / 4, i64::MIN / 4], 1);
        assert!(scale.ticks().len() < 10);
    }
}
