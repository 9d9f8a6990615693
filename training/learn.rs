//! Logistic regression by stochastic gradients, in an order that a seed fixes.

use crate::corpus::{Corpus, Doc, Kind, Window};
use crate::features::BITS;
use crate::random::Random;

/// What can be tried.
#[derive(Debug, Clone)]
pub(crate) struct Knobs {
    pub(crate) epochs: f32,
    pub(crate) rate: f32,
    pub(crate) decay: f32,
    pub(crate) dropout: f32,
    pub(crate) bare: f32,
    pub(crate) chem: f32,
    pub(crate) wild: f32,
    pub(crate) positive: f32,
    pub(crate) synthetic: f32,
    pub(crate) seed: f32,
    pub(crate) grammar: f32,
    pub(crate) made: f32,
    pub(crate) models: f32,
    pub(crate) harmless: f32,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            epochs: 6.0,
            rate: 0.15,
            decay: 1e-5,
            dropout: 0.3,
            bare: 0.2,
            chem: 0.4,
            wild: 0.5,
            positive: 2.0,
            synthetic: 1.0,
            seed: 1.0,
            grammar: 1.0,
            made: 1.0,
            models: 2.0,
            harmless: 1.0,
        }
    }
}

impl Knobs {
    pub(crate) fn set(&mut self, name: &str, value: f32) {
        match name {
            "epochs" => self.epochs = value,
            "rate" => self.rate = value,
            "decay" => self.decay = value,
            "dropout" => self.dropout = value,
            "bare" => self.bare = value,
            "chem" => self.chem = value,
            "wild" => self.wild = value,
            "positive" => self.positive = value,
            "synthetic" => self.synthetic = value,
            "seed" => self.seed = value,
            "made" => self.made = value,
            "models" => self.models = value,
            "harmless" => self.harmless = value,
            "grammar" => self.grammar = value,
            _ => eprintln!("no setting `{name}`"),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: f32,
}

struct Example {
    window: usize,
    label: f32,
    weight: f32,
}

/// `1 / (1 + e^-x)` by operations that every machine rounds alike.
pub(crate) fn sigmoid(x: f64) -> f64 {
    // e^-x is nearly (1 - x/4096)^4096
    let mut power = 1.0 - x.clamp(-30.0, 30.0) / 4096.0;
    for _ in 0..12 {
        power *= power;
    }
    1.0 / (1.0 + power)
}

impl Head {
    /// The head for what is planted in texts, and the one for what is said to the model.
    pub(crate) fn pair(corpus: &Corpus, part: &[bool], knobs: &Knobs) -> [Self; 2] {
        std::thread::scope(|scope| {
            let planted = scope.spawn(|| Self::train(corpus, part, false, knobs));
            let direct = Self::train(corpus, part, true, knobs);
            [planted.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), direct]
        })
    }

    fn window(&self, corpus: &Corpus, window: Window) -> f32 {
        corpus.features[window.from as usize..window.to as usize]
            .iter()
            .fold(self.bias, |sum, &feature| sum + self.weights[feature as usize])
    }

    /// The strongest window of a text.
    pub(crate) fn doc(&self, corpus: &Corpus, doc: &Doc) -> f32 {
        corpus.windows[doc.windows.clone()]
            .iter()
            .map(|window| self.window(corpus, *window))
            .fold(-30.0, f32::max)
    }

    /// The mean of several heads that saw the same texts in other orders: less of it is chance.
    fn train(corpus: &Corpus, part: &[bool], direct: bool, knobs: &Knobs) -> Self {
        let mut mean = Self { weights: vec![0.0; 1 << BITS], bias: 0.0 };
        let share = 1.0 / knobs.models;
        for number in 0..knobs.models as u64 {
            let one = Self::once(corpus, part, direct, knobs, number);
            mean.bias += one.bias * share;
            for (sum, weight) in mean.weights.iter_mut().zip(one.weights) {
                *sum += weight * share;
            }
        }
        mean
    }

    fn once(corpus: &Corpus, part: &[bool], direct: bool, knobs: &Knobs, number: u64) -> Self {
        let mut head = Self { weights: vec![0.0; 1 << BITS], bias: -2.0 };
        let mut squares = vec![0.05_f32; 1 << BITS];
        let mut bias_square = 1.0_f32;
        let mut random = Random::new(knobs.seed as u64 ^ if direct { 77 } else { 7 } ^ (number << 32));
        for epoch in 0..knobs.epochs as usize {
            let mut examples = head.examples(corpus, part, direct, knobs, epoch);
            random.shuffle(&mut examples);
            let rate = knobs.rate / (1.0 + epoch as f32 * 0.5);
            let keep = 1.0 - knobs.dropout;
            let kept = (f64::from(keep) * 4_294_967_296.0) as u64;
            for example in &examples {
                let window = corpus.windows[example.window];
                let features = &corpus.features[window.from as usize..window.to as usize];
                let noise = random.next();
                let is_kept = |at: usize| {
                    let mut z = noise ^ (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    z = (z ^ (z >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                    (z >> 32) < kept
                };
                let mut sum = head.bias;
                for (at, &feature) in features.iter().enumerate() {
                    if is_kept(at) {
                        sum += head.weights[feature as usize];
                    }
                }
                let gradient = (sigmoid(f64::from(sum)) as f32 - example.label) * example.weight;
                if gradient.abs() < 1e-4 {
                    continue;
                }
                for (at, &feature) in features.iter().enumerate() {
                    if is_kept(at) {
                        let square = &mut squares[feature as usize];
                        *square += gradient * gradient;
                        let weight = &mut head.weights[feature as usize];
                        *weight -= rate * (gradient / square.sqrt() + knobs.decay * *weight);
                    }
                }
                bias_square += gradient * gradient;
                head.bias -= rate * gradient / bias_square.sqrt();
            }
        }
        for weight in &mut head.weights {
            *weight *= 1.0 - knobs.dropout;
        }
        head
    }

    fn examples(
        &self,
        corpus: &Corpus,
        part: &[bool],
        direct: bool,
        knobs: &Knobs,
        epoch: usize,
    ) -> Vec<Example> {
        let mut examples = Vec::new();
        for (doc, _) in corpus.docs.iter().zip(part).filter(|(_, part)| **part) {
            let own = doc.windows.start..doc.windows.start + doc.own;
            let mut push = |window, label, weight| examples.push(Example { window, label, weight });
            if !doc.attack {
                let weight = match doc.kind {
                    Kind::BenignInstruction if !direct => 0.5,
                    Kind::BenignObfuscated => 0.5,
                    _ => 1.0,
                };
                for window in own {
                    push(window, 0.0, weight);
                }
                continue;
            }
            let weight = knobs.positive
                * match (doc.source.as_str(), doc.kind) {
                    (_, Kind::IndirectBare) => knobs.bare,
                    ("neuralchemy", _) => knobs.chem,
                    ("in_the_wild_jailbreaks", _) => knobs.wild,
                    ("synthetic", _) => knobs.synthetic,
                    ("own_grammar" | "own_grammar_obfuscated", _) => knobs.grammar,
                    _ => 1.0,
                };
            if weight <= 0.0 {
                continue;
            }
            let wanted = match doc.kind {
                Kind::Direct | Kind::Jailbreak => direct,
                Kind::Obfuscated => !direct,
                _ => true,
            };
            let has_place = own.clone().any(|window| corpus.windows[window].planted == 1);
            if has_place {
                for window in own {
                    match corpus.windows[window].planted {
                        1 if wanted => push(window, 1.0, weight),
                        -1 => push(window, 0.0, 1.0),
                        _ => {}
                    }
                }
            } else if wanted && doc.kind != Kind::Obfuscated {
                // Where it stands is not known: first everywhere, then where it looks most like an attack.
                if epoch < 1 || own.len() <= 2 {
                    let each = weight / own.len() as f32;
                    for window in own {
                        push(window, 1.0, each.max(weight * 0.2));
                    }
                } else if let Some(best) = own.max_by(|a, b| {
                    self.window(corpus, corpus.windows[*a])
                        .total_cmp(&self.window(corpus, corpus.windows[*b]))
                }) {
                    push(best, 1.0, weight);
                }
            }
        }
        examples
    }
}
