;; Functions of single numbers, four at a time, and sums over four.

(func $add_lanes (param $v v128) (result f32)
  (local.set $v
    (f32x4.add (local.get $v)
      (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $v) (local.get $v))))
  (f32.add (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v))))

(func $max_lane (param $v v128) (result f32)
  (local.set $v
    (f32x4.max (local.get $v)
      (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $v) (local.get $v))))
  (f32.max (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v))))

;; e^x for x of 0 at the most, within two units of the last place; below -60 it stays at e^-60, far from the slow numbers next to 0. The power of two
;; is put into the exponent, what remains is a polynomial (that of Cephes, expf).
(func $exp (param $x v128) (result v128)
  (local $n v128)
  (local.set $x (f32x4.max (local.get $x) (v128.const f32x4 -60 -60 -60 -60)))
  (local.set $n
    (f32x4.nearest
      (f32x4.mul (local.get $x) (v128.const f32x4 1.44269504 1.44269504 1.44269504 1.44269504))))
  (local.set $x
    (f32x4.sub (local.get $x)
      (f32x4.mul (local.get $n) (v128.const f32x4 0.693359375 0.693359375 0.693359375 0.693359375))))
  (local.set $x
    (f32x4.sub (local.get $x)
      (f32x4.mul (local.get $n)
        (v128.const f32x4 -2.12194440e-4 -2.12194440e-4 -2.12194440e-4 -2.12194440e-4))))
  (f32x4.mul
    (i32x4.shl
      (i32x4.add (i32x4.trunc_sat_f32x4_s (local.get $n)) (v128.const i32x4 127 127 127 127))
      (i32.const 23))
    (f32x4.add (v128.const f32x4 1 1 1 1)
      (f32x4.add (local.get $x)
        (f32x4.mul (f32x4.mul (local.get $x) (local.get $x))
          (f32x4.add (v128.const f32x4 0.5 0.5 0.5 0.5)
            (f32x4.mul (local.get $x)
              (f32x4.add (v128.const f32x4 1.6666665459e-1 1.6666665459e-1 1.6666665459e-1 1.6666665459e-1)
                (f32x4.mul (local.get $x)
                  (f32x4.add
                    (v128.const f32x4 4.1665795894e-2 4.1665795894e-2 4.1665795894e-2 4.1665795894e-2)
                    (f32x4.mul (local.get $x)
                      (f32x4.add
                        (v128.const f32x4 8.3334519073e-3 8.3334519073e-3 8.3334519073e-3 8.3334519073e-3)
                        (f32x4.mul (local.get $x)
                          (f32x4.add
                            (v128.const f32x4
                              1.3981999507e-3 1.3981999507e-3 1.3981999507e-3 1.3981999507e-3)
                            (f32x4.mul (local.get $x)
                              (v128.const f32x4
                                1.9875691500e-4 1.9875691500e-4 1.9875691500e-4 1.9875691500e-4))))))))))))))))

;; x · (1 + erf(x/√2)) / 2 in place, as BERT has it. erf by Abramowitz and Stegun 7.1.26, within 1.5e-7.
;; $count: a multiple of 4.
(func (export "gelu") (param $at i32) (param $count i32)
  (local $end i32)
  (local $x v128) (local $z v128) (local $t v128)
  (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
  (loop $more
    (local.set $x (v128.load (local.get $at)))
    (local.set $z
      (f32x4.mul (f32x4.abs (local.get $x))
        (v128.const f32x4 0.70710678 0.70710678 0.70710678 0.70710678)))
    (local.set $t
      (f32x4.div (v128.const f32x4 1 1 1 1)
        (f32x4.add (v128.const f32x4 1 1 1 1)
          (f32x4.mul (local.get $z) (v128.const f32x4 0.3275911 0.3275911 0.3275911 0.3275911)))))
    (local.set $t
      (f32x4.mul (local.get $t)
        (f32x4.add (v128.const f32x4 0.254829592 0.254829592 0.254829592 0.254829592)
          (f32x4.mul (local.get $t)
            (f32x4.add (v128.const f32x4 -0.284496736 -0.284496736 -0.284496736 -0.284496736)
              (f32x4.mul (local.get $t)
                (f32x4.add (v128.const f32x4 1.421413741 1.421413741 1.421413741 1.421413741)
                  (f32x4.mul (local.get $t)
                    (f32x4.add (v128.const f32x4 -1.453152027 -1.453152027 -1.453152027 -1.453152027)
                      (f32x4.mul (local.get $t)
                        (v128.const f32x4 1.061405429 1.061405429 1.061405429 1.061405429)))))))))))
    ;; $t becomes the erf of the absolute value, so that the sign is in |x| · erf(|x|) = x · erf(x).
    (local.set $t
      (f32x4.sub (v128.const f32x4 1 1 1 1)
        (f32x4.mul (local.get $t)
          (call $exp (f32x4.neg (f32x4.mul (local.get $z) (local.get $z)))))))
    (v128.store (local.get $at)
      (f32x4.mul (v128.const f32x4 0.5 0.5 0.5 0.5)
        (f32x4.add (local.get $x) (f32x4.mul (f32x4.abs (local.get $x)) (local.get $t)))))
    (local.set $at (i32.add (local.get $at) (i32.const 16)))
    (br_if $more (i32.lt_u (local.get $at) (local.get $end)))))

;; Rows of 384: $to = the norm of ($from + $other), times gamma, plus beta. $to may be $from.
(func (export "layer_norm") (param $from i32) (param $other i32) (param $gamma i32) (param $beta i32)
    (param $to i32) (param $n i32)
  (local $at i32)
  (local $sum v128) (local $v v128) (local $mean v128) (local $factor v128)
  (loop $rows
    (local.set $sum (v128.const f32x4 0 0 0 0))
    (local.set $at (i32.const 0))
    (loop $columns
      (local.set $v
        (f32x4.add
          (v128.load (i32.add (local.get $from) (local.get $at)))
          (v128.load (i32.add (local.get $other) (local.get $at)))))
      (v128.store (i32.add (local.get $to) (local.get $at)) (local.get $v))
      (local.set $sum (f32x4.add (local.get $sum) (local.get $v)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $columns (i32.lt_u (local.get $at) (i32.const 1536))))
    (local.set $mean (f32x4.splat (f32.div (call $add_lanes (local.get $sum)) (f32.const 384))))
    (local.set $sum (v128.const f32x4 0 0 0 0))
    (local.set $at (i32.const 0))
    (loop $columns
      (local.set $v
        (f32x4.sub (v128.load (i32.add (local.get $to) (local.get $at))) (local.get $mean)))
      (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul (local.get $v) (local.get $v))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $columns (i32.lt_u (local.get $at) (i32.const 1536))))
    (local.set $factor
      (f32x4.splat
        (f32.div (f32.const 1)
          (f32.sqrt
            (f32.add (f32.div (call $add_lanes (local.get $sum)) (f32.const 384)) (f32.const 1e-12))))))
    (local.set $at (i32.const 0))
    (loop $columns
      (v128.store (i32.add (local.get $to) (local.get $at))
        (f32x4.add
          (f32x4.mul
            (f32x4.mul
              (f32x4.sub (v128.load (i32.add (local.get $to) (local.get $at))) (local.get $mean))
              (local.get $factor))
            (v128.load (i32.add (local.get $gamma) (local.get $at))))
          (v128.load (i32.add (local.get $beta) (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $columns (i32.lt_u (local.get $at) (i32.const 1536))))
    (local.set $from (i32.add (local.get $from) (i32.const 1536)))
    (local.set $other (i32.add (local.get $other) (i32.const 1536)))
    (local.set $to (i32.add (local.get $to) (i32.const 1536)))
    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
    (br_if $rows (local.get $n))))
