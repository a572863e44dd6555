/** Each memory is found by the words of a question in its own language, among those of all the others. */
import assert from 'node:assert/strict';
import { callBy, openManager } from '../../support/storage.ts';

/** Text, question. Two or three of each language, so that the words and not the script tell them apart. */
const ASKED: readonly (readonly [text: string, question: string])[] = [
  ['我的猫叫小花，今年三岁。', '小花是谁的猫？'],
  ['我对花生过敏，不能吃花生酱。', '他对什么过敏？'],
  ['我在北京大学学习计算机科学。', '谁学计算机？'],
  ['昨日、新宿御苑で花見をしました。', '花見はどこでしましたか'],
  ['妹は四月から名古屋の銀行で働いています。', '妹の仕事は銀行ですか'],
  ['毎朝ｺｰﾋｰを二杯飲みます。', 'コーヒー'],
  ['저는 매주 토요일에 한국어를 공부해요.', '한국어 공부'],
  ['할머니는 부산에 사세요.', '부산에 누가 살아요?'],
  ['เขาทาสีกำแพงบ้านเป็นสีเขียว', 'กำแพงสีอะไร'],
  ['เราไปดำน้ำที่ภูเก็ตเมื่อปีที่แล้ว', 'ไปดำน้ำที่ไหน'],
  ['แม่ของฉันเป็นพยาบาลอยู่ที่โรงพยาบาล', 'พยาบาล'],
  ['يسكن أحمد في القاهرة مع أخته.', 'اين يسكن احمد؟'],
  ['أخي مُحَمَّد يعمل في مكتبة.', 'محمد'],
  ['می‌خواهم سال آینده به شیراز بروم.', 'میخواهم شیراز'],
  ['אמא שלי אמרה שָׁלוֹם לשכנים החדשים.', 'מי אמר שלום?'],
  ['הכלב שלנו אוהב ללכת לים.', 'הכלב והים'],
  ['Η Αθήνα είναι η πόλη όπου γεννήθηκα.', 'ΑΘΗΝΑ'],
  ['Ο παππούς καλλιεργεί ελιές στην Κρήτη.', 'ελιες στην κρητη'],
  ['Мы наряжаем ёлку каждый год с бабушкой.', 'когда наряжаем елку'],
  ['Мой брат живёт в Новосибирске.', 'кто живет в Новосибирске?'],
  ['मेरी बहन दिल्ली में हिन्दी पढ़ाती है।', 'हिन्दी कौन पढ़ाती है'],
  ['हम रविवार को क्रिकेट खेलते हैं।', 'क्रिकेट कब खेलते'],
  ['Unser Büro ist in der Königstraße neben der Bäckerei.', 'KÖNIGSTRASSE'],
  ['Meine Schwester studiert in Łódź und kommt aus København.', 'lodz kobenhavn'],
  ['Launch day 🚀🎉', '🚀'],
  ['Nina reacted with 👍🏽 to the plan', '👍'],
];

describe('search by words, in keyword mode', () => {
  const { manager } = openManager();

  before('store all of them in one space', async () => {
    const memories = ASKED.map(([text], place) => ({ id: `m${place}`, text }));
    await manager.add('space', { memories }, callBy('ann'));
  });

  for (const [place, [text, question]] of ASKED.entries()) {
    it(`finds ${text} first, asked ${question}`, async () => {
      const request = { query: question, mode: 'keyword', limit: 5 } as const;
      const { results } = await manager.search(['space'], request, callBy('ann'));
      assert.equal(results[0]?.memory.id, `m${place}`, results.map(({ memory }) => memory.text).join('\n'));
    });
  }

  it('finds none by words that are in none', async () => {
    const request = { query: '狗 собака สุนัข 🐶', mode: 'keyword' } as const;
    const { results } = await manager.search(['space'], request, callBy('ann'));
    assert.deepEqual(
      results.filter(({ score }) => score > 0.5),
      [],
    );
  });
});
