;; What is done once, when the model is loaded: halves become floats, matrices become whole
;; numbers.

;; Halves (IEEE 754 binary16, finite) to floats. The exponent is put right by a multiplication, which also
;; holds for the numbers below the normal ones. $count: a multiple of 4.
(func $widen (export "widen") (param $from i32) (param $to i32) (param $count i32)
  (local $end i32)
  (local $half v128)
  (local.set $end (i32.add (local.get $from) (i32.shl (local.get $count) (i32.const 1))))
  (loop $more
    (local.set $half (v128.load16x4_u (local.get $from)))
    (v128.store (local.get $to)
      (v128.or
        (f32x4.mul
          (i32x4.shl
            (v128.and (local.get $half) (v128.const i32x4 0x7fff 0x7fff 0x7fff 0x7fff))
            (i32.const 13))
          (v128.const f32x4 0x1p112 0x1p112 0x1p112 0x1p112))
        (i32x4.shl
          (v128.and (local.get $half) (v128.const i32x4 0x8000 0x8000 0x8000 0x8000))
          (i32.const 16))))
    (local.set $from (i32.add (local.get $from) (i32.const 8)))
    (local.set $to (i32.add (local.get $to) (i32.const 16)))
    (br_if $more (i32.lt_u (local.get $from) (local.get $end)))))

;; The largest of the absolute values of $count floats (a multiple of 4), and never 0.
(func $largest (param $from i32) (param $count i32) (result f32)
  (local $end i32)
  (local $max v128)
  (local.set $end (i32.add (local.get $from) (i32.shl (local.get $count) (i32.const 2))))
  (local.set $max (v128.const f32x4 1e-30 1e-30 1e-30 1e-30))
  (loop $more
    (local.set $max (f32x4.max (local.get $max) (f32x4.abs (v128.load (local.get $from)))))
    (local.set $from (i32.add (local.get $from) (i32.const 16)))
    (br_if $more (i32.lt_u (local.get $from) (local.get $end))))
  (call $max_lane (local.get $max)))

;; 4 floats times $factor, as whole numbers.
(func $rounded (param $from i32) (param $factor v128) (result v128)
  (i32x4.trunc_sat_f32x4_s
    (f32x4.nearest (f32x4.mul (v128.load (local.get $from)) (local.get $factor)))))

;; A matrix of halves, f16[m][k], to whole numbers of -$limit to $limit, 16 bits each, and a scale for each row.
;; They lie as `matmul` reads them: rows in groups of four, of each group the columns in pairs, of each pair the
;; four rows. $k and $m: multiples of 4. $work: room for 4·k floats.
(func (export "pack") (param $from i32) (param $to i32) (param $scales i32) (param $k i32) (param $m i32)
    (param $work i32) (param $limit f32)
  (local $end i32) (local $row i32) (local $at i32) (local $stride i32)
  (local $max f32)
  (local $a v128) (local $b v128) (local $f0 v128) (local $f1 v128) (local $f2 v128) (local $f3 v128)
  (local.set $stride (i32.shl (local.get $k) (i32.const 2)))
  (local.set $end (i32.add (local.get $scales) (i32.shl (local.get $m) (i32.const 2))))
  (loop $groups
    (call $widen (local.get $from) (local.get $work) (i32.shl (local.get $k) (i32.const 2)))
    (local.set $row (i32.const 0))
    (loop $rows
      (local.set $max
        (call $largest
          (i32.add (local.get $work) (i32.mul (local.get $row) (local.get $stride)))
          (local.get $k)))
      (f32.store
        (i32.add (local.get $scales) (i32.shl (local.get $row) (i32.const 2)))
        (f32.div (local.get $max) (local.get $limit)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $row) (i32.const 4))))
    (local.set $f0 (f32x4.div (v128.const f32x4 1 1 1 1) (v128.load32_splat (local.get $scales))))
    (local.set $f1 (f32x4.div (v128.const f32x4 1 1 1 1) (v128.load32_splat offset=4 (local.get $scales))))
    (local.set $f2 (f32x4.div (v128.const f32x4 1 1 1 1) (v128.load32_splat offset=8 (local.get $scales))))
    (local.set $f3 (f32x4.div (v128.const f32x4 1 1 1 1) (v128.load32_splat offset=12 (local.get $scales))))
    (local.set $at (local.get $work))
    (loop $columns
      (local.set $a
        (i16x8.narrow_i32x4_s
          (call $rounded (local.get $at) (local.get $f0))
          (call $rounded (i32.add (local.get $at) (local.get $stride)) (local.get $f1))))
      (local.set $b
        (i16x8.narrow_i32x4_s
          (call $rounded (i32.add (local.get $at) (i32.shl (local.get $stride) (i32.const 1))) (local.get $f2))
          (call $rounded (i32.add (local.get $at) (i32.mul (local.get $stride) (i32.const 3))) (local.get $f3))))
      (v128.store (local.get $to)
        (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $a) (local.get $b)))
      (v128.store offset=16 (local.get $to)
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $a) (local.get $b)))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $columns
        (i32.lt_u (local.get $at) (i32.add (local.get $work) (local.get $stride)))))
    (local.set $from (i32.add (local.get $from) (i32.shl (local.get $k) (i32.const 3))))
    (local.set $scales (i32.add (local.get $scales) (i32.const 16)))
    (br_if $groups (i32.lt_u (local.get $scales) (local.get $end)))))
