// The data of CVSS 4.0: the score of every MacroVector and how wide each is.
//
// The tables are data of the reference calculator of FIRST
// (github.com/RedHatProductSecurity/cvss-v4-calculator, cvss_lookup.js,
// max_composed.js and max_severity.js), written here as integers and under
// its licence, BSD-2-Clause:
//
// Copyright (c) 2023 FIRST.ORG, Inc., Red Hat, and contributors
//
// Redistribution and use in source and binary forms, with or without
// modification, are permitted provided that the following conditions are met:
//
//  1. Redistributions of source code must retain the above copyright notice,
//     this list of conditions and the following disclaimer.
//
//  2. Redistributions in binary form must reproduce the above copyright notice,
//     this list of conditions and the following disclaimer in the documentation
//     and/or other materials provided with the distribution.
//
// THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
// AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
// IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE
// ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE
// LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR
// CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF
// SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS
// INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
// CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE)
// ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE
// POSSIBILITY OF SUCH DAMAGE.

package aivss

// macroScores holds the score of each MacroVector in tenths; 0 marks one that
// does not exist. A row is EQ1 to EQ4, as its comment says; within it EQ6 runs
// fastest, then EQ5.
var macroScores = [3 * 2 * 3 * 3 * 3 * 2]uint8{
	100, 99, 98, 95, 95, 92, // 0000
	100, 96, 93, 87, 91, 81, // 0001
	93, 90, 89, 80, 81, 68, // 0002
	98, 95, 95, 92, 90, 84, // 0010
	93, 92, 89, 81, 81, 65, // 0011
	88, 80, 78, 70, 69, 48, // 0012
	0, 92, 0, 82, 0, 72, // 0020
	0, 79, 0, 69, 0, 50, // 0021
	0, 69, 0, 55, 0, 27, // 0022
	99, 97, 95, 92, 92, 85, // 0100
	95, 91, 90, 83, 84, 71, // 0101
	92, 81, 82, 71, 72, 53, // 0102
	95, 93, 92, 85, 85, 73, // 0110
	92, 82, 80, 72, 70, 59, // 0111
	84, 70, 71, 52, 50, 30, // 0112
	0, 86, 0, 75, 0, 52, // 0120
	0, 71, 0, 52, 0, 29, // 0121
	0, 63, 0, 29, 0, 17, // 0122
	98, 95, 94, 87, 91, 81, // 1000
	94, 89, 86, 74, 77, 64, // 1001
	87, 75, 74, 63, 63, 49, // 1002
	94, 89, 88, 77, 76, 67, // 1010
	86, 76, 74, 58, 59, 50, // 1011
	72, 57, 57, 52, 52, 25, // 1012
	0, 83, 0, 70, 0, 54, // 1020
	0, 65, 0, 58, 0, 26, // 1021
	0, 53, 0, 21, 0, 13, // 1022
	95, 90, 88, 76, 76, 70, // 1100
	90, 77, 75, 62, 61, 53, // 1101
	77, 66, 68, 59, 52, 30, // 1102
	89, 78, 76, 67, 62, 58, // 1110
	74, 59, 57, 57, 47, 23, // 1111
	61, 52, 57, 29, 24, 16, // 1112
	0, 71, 0, 59, 0, 30, // 1120
	0, 58, 0, 26, 0, 15, // 1121
	0, 23, 0, 13, 0, 6, // 1122
	93, 87, 86, 72, 75, 58, // 2000
	86, 74, 74, 61, 56, 34, // 2001
	70, 54, 52, 40, 40, 22, // 2002
	85, 75, 74, 55, 62, 51, // 2010
	72, 57, 55, 41, 46, 19, // 2011
	53, 36, 34, 19, 19, 8, // 2012
	0, 64, 0, 51, 0, 20, // 2020
	0, 47, 0, 21, 0, 11, // 2021
	0, 24, 0, 9, 0, 4, // 2022
	88, 75, 73, 53, 60, 50, // 2100
	73, 55, 59, 40, 41, 20, // 2101
	54, 43, 45, 22, 20, 11, // 2102
	75, 55, 58, 45, 40, 21, // 2110
	61, 51, 48, 18, 20, 9, // 2111
	46, 18, 17, 7, 8, 2, // 2112
	0, 53, 0, 24, 0, 14, // 2120
	0, 24, 0, 12, 0, 5, // 2121
	0, 10, 0, 3, 0, 1, // 2122
}

// The highest severity vectors of each level of each equivalence class, as
// severity levels in the order of that class's metrics (0 is most severe). A
// vector lies below one of them in every metric.
var (
	maxEQ1 = [3][][]uint8{ // AV PR UI
		{{0, 0, 0}},
		{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		{{3, 0, 0}, {1, 1, 1}},
	}
	maxEQ2 = [2][][]uint8{ // AC AT
		{{0, 0}},
		{{1, 0}, {0, 1}},
	}
	maxEQ36 = [3][2][][]uint8{ // VC VI VA CR IR AR
		{
			{{0, 0, 0, 0, 0, 0}},
			{{0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1}},
		},
		{
			{{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}},
			{{1, 0, 1, 0, 1, 0}, {1, 0, 0, 0, 1, 1}, {0, 1, 0, 1, 0, 1}, {0, 1, 1, 1, 0, 0}, {1, 1, 0, 0, 0, 1}},
		},
		{
			nil, // without a high impact there is none to be required high
			{{1, 1, 1, 0, 0, 0}},
		},
	}
	maxEQ4 = [3][][]uint8{ // SC SI SA
		{{1, 0, 0}},
		{{1, 1, 1}},
		{{2, 2, 2}},
	}
)

// The depth of each level: the steps from its highest to its lowest vector.
// EQ5 has one metric and so no depth.
var (
	depthEQ1  = [3]int{1, 4, 5}
	depthEQ2  = [2]int{1, 2}
	depthEQ36 = [3][2]int{{7, 6}, {8, 8}, {0, 10}}
	depthEQ4  = [3]int{6, 5, 4}
)
