/**
 * In how many tenths of a second of this sound one tone is most of it, give or take 10 Hz, since it may have gaps: a
 * busy machine comes too late, and a file is no sound card. One function, so that its source text can be handed over to
 * a page.
 * @param {ArrayLike<number>} samples one channel, -1 to 1 @param {number} rate of samples, 1/s
 * @param {number} frequency of the tone, Hz
 */
export function tenths(samples, rate, frequency) {
    const SILENCE = 2e-7, // mean square
        MOST = 0.7,
        NEAR = 1; // steps of 10 Hz
    const window = Math.round(rate / 10);
    const hann = Float64Array.from({ length: window }, (_, i) => Math.sin((Math.PI * i) / window) ** 2);
    const square = values => values.reduce((sum, one) => sum + one * one, 0);

    /** What this frequency, in turns of the window, has of the power: Goertzel's algorithm. */
    const share = (part, turns) => {
        const turn = 2 * Math.cos((2 * Math.PI * turns) / window);
        let [one, two] = [0, 0];
        for (const sample of part) [one, two] = [sample + turn * one - two, one];
        return (2 * (one ** 2 + two ** 2 - turn * one * two)) / window;
    };

    let count = 0;
    for (let start = 0; start + window <= samples.length; start += window) {
        const part = hann.map((weight, i) => weight * samples[start + i]),
            power = square(part);
        let near = 0;
        for (let i = -NEAR; i <= NEAR; i++) near += share(part, frequency / 10 + i);
        if (power > SILENCE * window && near > MOST * power) count++;
    }
    return count;
}
